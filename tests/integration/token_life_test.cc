// What becomes of streams when tokens end and keys change; and what stops a start.
#include "integration/token_test.h"
#include "support/process.h"

namespace ringcast::test {
namespace {

using TokenLifeTest = TokenTest;

// Row 119.
TEST_F(TokenLifeTest, AStreamEndsWithItsToken) {
  StartWithKey("jwt-leeway = \"off\"\n");
  const std::string brief = Allows(R"("a")", InSeconds(8));
  const std::string lasting = Allows(R"("a")");
  Stream short_lived = Follow(With("/events/a", brief));
  Stream long_lived = Follow(With("/events/a", lasting));
  Publish("a", "x");
  EXPECT_EQ(short_lived.Next().data, "x");
  EXPECT_EQ(long_lived.Next().data, "x");
  // As any end that a client comes back from.
  EXPECT_EQ(short_lived.client.WaitForEnd(30s), StreamEnd::kTruncated);
  EXPECT_FALSE(short_lived.client.EndedMidEvent());
  EXPECT_TRUE(Eventually([&] { return Closed("token_expired") == 1; }));
  EXPECT_EQ(Closed("lifetime"), 0u);
  // Once its time is over, it comes back to be turned away, and with a new one goes on.
  EXPECT_TRUE(Eventually([&] { return StatusOf("/events/b", Bearer(brief)) == 401; }));
  SseRequest back = With("/events/a", lasting);
  back.last_event_id = short_lived.connected.id;
  EXPECT_EQ(Follow(back).Next().data, "x");
  ExpectQuiet(long_lived, 100ms);
}

TEST_F(TokenLifeTest, TheLeewayBelongsToTheStream) {
  StartWithKey("jwt-leeway = \"10m\"\n");
  Stream stream = Follow(With("/events/a", Allows(R"("a")", InSeconds(-5))));
  ExpectQuiet(stream, 300ms);
}

TEST_F(TokenLifeTest, ALifetimeThatIsTakenAwayLeavesTheTokensEnd) {
  StartWithKey("jwt-leeway = \"off\"\nmax-lifetime = \"1h\"\n");
  Stream stream = Follow(With("/events/a", Allows(R"("a")", InSeconds(10))));
  Reload(KeyLine() + "jwt-leeway = \"off\"\nmax-lifetime = \"2h\"\n");
  Reload(KeyLine() + "jwt-leeway = \"off\"\n");
  ExpectQuiet(stream, 100ms);
  EXPECT_EQ(stream.client.WaitForEnd(30s), StreamEnd::kTruncated);
  EXPECT_TRUE(Eventually([&] { return Closed("token_expired") == 1; }));
}

TEST_F(TokenLifeTest, ALifetimeThatIsShorterThanTheTokenComesFirst) {
  StartWithKey("max-lifetime = \"500ms\"\n");
  Stream stream = Follow(With("/events/a", Allows(R"("a")")));
  EXPECT_EQ(stream.client.WaitForEnd(kPatience), StreamEnd::kTruncated);
  EXPECT_TRUE(Eventually([&] { return Closed("lifetime") == 1; }));
  EXPECT_EQ(Closed("token_expired"), 0u);
}

TEST_F(TokenLifeTest, KeysChangeWithAReload) {
  StartWithKey();
  issuer_.MakeKey("next", "EdDSA");
  const std::string payload = Payload(R"("a")", InSeconds(3600));
  const std::string old = issuer_.Token("main.pem", "ES256", payload);
  const std::string fresh = issuer_.Token("next.pem", "EdDSA", payload);
  Stream stream = Follow(With("/events/a", old));
  EXPECT_EQ(StatusOf("/events/a", Bearer(fresh)), 401);

  // Both, for as long as old tokens hold.
  Reload("jwt-key = [\"" + issuer_.File("main.pub") + "\", \"next:" + issuer_.File("next.pub") +
         "\"]\n");
  Follow(With("/events/a", old));
  Follow(With("/events/a", fresh));

  Reload(KeyLine("next.pub"));
  EXPECT_EQ(StatusOf("/events/a", Bearer(old)), 401);
  Follow(With("/events/a", fresh));
  // Whoever is in stays in until the token's end.
  Publish("a", "x");
  EXPECT_EQ(stream.Next().data, "x");
}

TEST_F(TokenLifeTest, TheFileIsReadAgainWithoutAWordOfIt) {
  StartWithKey();
  const std::string payload = Payload(R"("a")", InSeconds(3600));
  const std::string old = issuer_.Token("main.pem", "ES256", payload);
  issuer_.MakeKey("main", "ES256");  // the same names, another key
  const std::string fresh = issuer_.Token("main.pem", "ES256", payload);
  Follow(With("/events/a", old));
  EXPECT_EQ(StatusOf("/events/a", Bearer(fresh)), 401);
  Reload();
  Follow(With("/events/a", fresh));
  EXPECT_EQ(StatusOf("/events/a", Bearer(old)), 401);
}

TEST_F(TokenLifeTest, AKeyThatCannotBeReadRefusesTheReload) {
  StartWithKey();
  const std::string token = Allows(R"("a")");
  EXPECT_NE(Reload(KeyLine("absent.pub")).find("reload refused"), std::string::npos);
  const char* const told = "absent.pub: cannot read the key: No such file or directory";
  EXPECT_TRUE(LogSays(told));
  Follow(With("/events/a", token));
  EXPECT_EQ(StatusOf("/events/a", {}), 401);
  issuer_.directory().Write("short.key", "too short");
  EXPECT_NE(Reload(KeyLine("short.key")).find("reload refused"), std::string::npos);
  Follow(With("/events/a", token));
}

TEST_F(TokenLifeTest, TheOtherOptionsChangeWithAReload) {
  StartWithKey();
  const std::string token = Allows(R"("a")");
  const HttpHeaders cookie = {{"Cookie", "tok=" + token}};
  EXPECT_EQ(StatusOf("/events/a", cookie), 401);
  EXPECT_EQ(StatusOf("/events/a?q=" + token, {}), 401);
  Reload(KeyLine() + "jwt-cookie = \"tok\"\njwt-query = \"q\"\n");
  SseRequest request;
  request.target = "/events/a";
  request.headers = cookie;
  Follow(request);
  Follow("/events/a?q=" + token);
  Reload(KeyLine() + "jwt-audience = \"you\"\n");
  EXPECT_EQ(StatusOf("/events/a", Bearer(token)), 401);
  Reload(KeyLine() + "jwt-issuer = \"me\"\n");
  EXPECT_EQ(StatusOf("/events/a", Bearer(token)), 401);
  EXPECT_EQ(RefusedFor("audience"), 1u);
  EXPECT_EQ(RefusedFor("issuer"), 1u);
  const std::string late = Allows(R"("a")", InSeconds(-100));
  Reload(KeyLine() + "jwt-leeway = \"10m\"\n");
  Follow(With("/events/a", late));
  Reload(KeyLine() + "jwt-leeway = \"1s\"\n");
  EXPECT_EQ(StatusOf("/events/a", Bearer(late)), 401);
  // An algorithm that no key is for, and then none at all.
  EXPECT_NE(Reload(KeyLine() + "jwt-algorithm = [\"RS256\"]\n").find("reload refused"),
            std::string::npos);
  Reload(KeyLine() + "jwt-algorithm = [\"ES256\"]\n");
  EXPECT_EQ(OptionInForce("jwt-algorithm"), "ES256");
  Follow(With("/events/a", token));
  Reload(KeyLine() + "auth = \"none\"\n");
  Follow("/events/a");
  Reload("");
  Follow("/events/a");
}

class TokenStartTest : public ::testing::Test {
 protected:
  // Ends at once, with this code, and says why.
  static std::string RefusedWith(int code, std::vector<std::string> arguments) {
    const TempDir directory;
    arguments.insert(arguments.begin(), {Server::Binary(), "serve", "--listen",
                                         "unix:" + directory.File("events.sock"), "--admin",
                                         "unix:" + directory.File("admin.sock"), "--publish-socket",
                                         directory.File("publish.sock")});
    ProcessOptions options;
    options.argv = std::move(arguments);
    const auto process = Must(Process::Start(options));
    EXPECT_EQ(Must(process->Wait(kPatience)).code, code);
    return process->stderr_text();
  }
};

TEST_F(TokenStartTest, AKeyThatCannotBeReadStopsTheStart) {
  const std::string said = RefusedWith(78, {"--jwt-key", "main:/nowhere/main.pub"});
  EXPECT_NE(said.find("jwt-key: /nowhere/main.pub: cannot read the key: No such file"),
            std::string::npos)
      << said;
}

TEST_F(TokenStartTest, OptionsThatWouldLetEverybodyInByMistakeAreRefused) {
  EXPECT_NE(RefusedWith(64, {"--auth", "token"}).find("--auth: \"token\" needs a key"),
            std::string::npos);
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--jwt-audience", "you"},
        {"--jwt-issuer", "me"},
        {"--jwt-cookie", "tok"},
        {"--jwt-query", "q"},
        {"--jwt-algorithm", "ES256"}}) {
    EXPECT_NE(RefusedWith(64, arguments).find(arguments[0] + ": means nothing without a key"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace ringcast::test
