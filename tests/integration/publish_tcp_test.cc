// Publishing from other hosts: the daemon with a TCP listener for publishers, and tokens that
// another implementation has made. curl is a client as well.
#include <sysexits.h>

#include <chrono>
#include <fstream>

#include "integration/json.h"
#include "integration/raw_publisher.h"
#include "integration/reload_test.h"
#include "support/port_lease.h"
#include "support/token_issuer.h"
#include "support/unread_bytes.h"

namespace ringcast::test {
namespace {

std::int64_t UnixSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class PublishTcpTest : public ReloadTest {
 protected:
  static void SetUpTestSuite() {
    issuer_ = new TokenIssuer;
    issuer_->MakeKeys({{"main", "ES256"}, {"other", "ES256"}});
  }
  static void TearDownTestSuite() {
    delete issuer_;
    issuer_ = nullptr;
  }

  std::string Place() const { return "127.0.0.1:" + std::to_string(lease_.port()); }
  // Subscribers need no token here: they are not what is tested.
  Arguments TcpArguments(const Arguments& more = {}) const {
    Arguments arguments = {"--publish-listen",        Place(),  "--jwt-key",
                           issuer_->File("main.pub"), "--auth", "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  // `patterns` is JSON: what the token allows publishing to.
  static std::string Token(const std::string& patterns, std::int64_t lifetime = 3600,
                           const std::string& key = "main") {
    return issuer_->Token(key + ".pem", "ES256",
                          R"({"ringcast": {"publish": )" + patterns + R"(}, "exp": )" +
                              std::to_string(UnixSeconds() + lifetime) + "}");
  }
  static HttpHeaders Bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
  }
  HttpClient ConnectTcp() { return Must(HttpClient::ConnectTcp(lease_.port(), kPatience)); }
  HttpResponse Once(const std::string& method, const std::string& target, std::string_view body,
                    const HttpHeaders& headers) {
    return Must(ConnectTcp().Request(method, target, kPatience, body, headers));
  }
  std::uint64_t Denied(const std::string& reason) {
    const std::string text = Metric("ringcast_publish_denied_total{reason=\"" + reason + "\"}");
    return std::stoull(text);
  }
  // What curl prints: the answer's body, and its status on a line of its own.
  std::string Curl(const Arguments& arguments) {
    ProcessOptions options;
    options.argv = {"curl", "-s", "-S", "--max-time", "15", "-w", "\n%{http_code}"};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    const auto curl = Must(Process::Start(options));
    EXPECT_EQ(Must(curl->Wait(kPatience)), ExitStatus{.code = 0}) << curl->stderr_text();
    return curl->stdout_text();
  }
  const PortLease& lease() const { return lease_; }
  static TokenIssuer& issuer() { return *issuer_; }

 private:
  static TokenIssuer* issuer_;
  PortLease lease_;
};

TokenIssuer* PublishTcpTest::issuer_ = nullptr;

TEST_F(PublishTcpTest, PublishesAsOnTheSocketWithATokenThatNamesTheChannel) {
  Start(TcpArguments());
  Stream stream = Follow("/events/job:1");
  const HttpHeaders bearer = Bearer(Token(R"(["job:*"])"));
  const HttpResponse published = Once("POST", "/publish/job:1?event=progress", "7", bearer);
  ASSERT_EQ(published.status, 200) << published.body;
  EXPECT_EQ(Json::Parse(published.body)["subscribers"].Number(), 1u);
  const SseEvent event = stream.Next();
  EXPECT_EQ(event.type, "progress");
  EXPECT_EQ(event.data, "7");
  EXPECT_EQ(event.id, Json::Parse(published.body)["id"].Text());

  const HttpResponse batch = Once("POST", "/publish",
                                  "{\"channel\":\"job:1\",\"data\":8}\n"
                                  "{\"channel\":\"other\",\"data\":9}\n",
                                  bearer);
  ASSERT_EQ(batch.status, 200);
  EXPECT_NE(batch.body.find("\"line\":2"), std::string::npos) << batch.body;
  EXPECT_EQ(stream.Next().data, "8");

  EXPECT_EQ(Json::Parse(Once("GET", "/channels/job:1", {}, bearer).body)["subscribers"].Number(),
            1u);
  EXPECT_EQ(Once("DELETE", "/channels/other", {}, bearer).status, 403);
  EXPECT_EQ(Once("DELETE", "/channels/job:1", {}, bearer).status, 200);
  EXPECT_EQ(stream.Next().type, "end");
  EXPECT_EQ(Stats()["events"]["published"].Number(), 2u);
}

TEST_F(PublishTcpTest, DeniesWhoHasNoTokenThatIsGood) {
  Start(TcpArguments());
  Stream stream = Follow("/events/a");
  struct Denial {
    HttpHeaders headers;
    int status;
    std::string reason;
  };
  const Denial denials[] = {{{}, 401, "no_token"},
                            {Bearer("nonsense"), 401, "invalid_token"},
                            {Bearer(Token(R"(["*"])", -3600)), 401, "invalid_token"},
                            {Bearer(Token(R"(["*"])", 3600, "other")), 401, "invalid_token"},
                            {Bearer(Token(R"(["b"])")), 403, "not_allowed"}};
  std::map<std::string, std::uint64_t> expected;
  for (const Denial& denial : denials) {
    const HttpResponse answer = Once("POST", "/publish/a", "x", denial.headers);
    EXPECT_EQ(answer.status, denial.status) << answer.body;
    EXPECT_EQ(answer.header("WWW-Authenticate").starts_with("Bearer"), denial.status == 401);
    EXPECT_EQ(Denied(denial.reason), ++expected[denial.reason]);
  }
  EXPECT_TRUE(server()
                  .process()
                  .WaitForStderr("publisher denied reason=no_token "
                                 "address=127.0.0.1",
                                 kPatience)
                  .ok());
  Publish("a", "from this host");
  EXPECT_EQ(stream.Next().data, "from this host") << "and nothing before it";
}

TEST_F(PublishTcpTest, AKeepAlivePublisherIsToldWhenItsTokenIsOver) {
  Start(TcpArguments({"--jwt-leeway", "0s"}));
  HttpClient publisher = ConnectTcp();
  const std::int64_t lifetime = 4;
  const auto over = std::chrono::steady_clock::now() + std::chrono::seconds(lifetime);
  const std::string brief = Token(R"(["a"])", lifetime);
  int published = 0;
  HttpResponse answer;
  const Deadline deadline = kPatience;
  do {
    answer = Must(publisher.Request("POST", "/publish/a", kPatience, "x", Bearer(brief)));
    published += answer.status == 200 ? 1 : 0;
    std::this_thread::sleep_for(50ms);
  } while (answer.status == 200 && !deadline.Passed());
  EXPECT_EQ(answer.status, 401) << "it was never over";
  EXPECT_GT(published, 0);
  EXPECT_GE(std::chrono::steady_clock::now() + 1s, over) << "exp is in whole seconds";
  EXPECT_TRUE(publisher.WaitForEnd(kPatience));
  EXPECT_EQ(Once("POST", "/publish/a", "x", Bearer(Token(R"(["a"])"))).status, 200);
}

TEST_F(PublishTcpTest, CurlPublishes) {
  Start(TcpArguments());
  Stream stream = Follow("/events/a");
  const std::string url = "http://" + Place() + "/publish/a";
  const std::string bearer = "Authorization: Bearer " + Token(R"(["a"])");
  const std::string answer = Curl({"-H", bearer, "-H", "Idempotency-Key: order-1", "-d", "x", url});
  EXPECT_TRUE(answer.ends_with("\n200")) << answer;
  const std::string again = Curl({"-H", bearer, "-H", "Idempotency-Key: order-1", "-d", "x", url});
  EXPECT_NE(again.find("\"duplicate\":true"), std::string::npos) << again;
  EXPECT_TRUE(Curl({"-d", "x", url}).ends_with("\n401"));
  // Large enough to be refused while curl still sends, and small enough for the answer to be read.
  const std::string large(900'000, 'x');
  const std::string file = server().directory().Write("large", large);
  EXPECT_TRUE(Curl({"-H", "Expect:", "--data-binary", "@" + file, url}).ends_with("\n401"));
  EXPECT_TRUE(
      Curl({"-H", bearer, "-H", "Expect:", "--data-binary", "@" + file, url}).ends_with("\n200"));
  EXPECT_EQ(stream.Next().data, "x");
  EXPECT_EQ(stream.Next().data, large) << "nothing between them";
  const std::string local = Curl({"--unix-socket", server().publish_socket(), "-H",
                                  "Idempotency-Key: order-1", "-d", "x", "http://h/publish/a"});
  EXPECT_NE(local.find("\"duplicate\":true"), std::string::npos) << "one key for both ways";
}

TEST_F(PublishTcpTest, PipelinedRequestsAreAnsweredInTheirOrder) {
  Start(TcpArguments());
  HttpClient publisher = ConnectTcp();
  const std::string bearer = "Authorization: Bearer " + Token(R"(["a"])") + "\r\n";
  std::string requests;
  constexpr int kRequests = 300;
  for (int i = 0; i < kRequests; ++i) {
    const bool other = i % 3 == 2;
    requests += std::string(other ? "GET /channels/b" : "POST /publish/a") +
                " HTTP/1.1\r\nHost: h\r\n" + bearer +
                (other ? "\r\n" : "Content-Length: 1\r\n\r\nx");
  }
  Must(publisher.Send(requests, kPatience));
  for (int i = 0; i < kRequests; ++i) {
    EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, i % 3 == 2 ? 403 : 200) << i;
  }
}

TEST_F(PublishTcpTest, KilledInTheMiddleOfARequestAPublisherHasPublishedNothing) {
  Start(TcpArguments());
  Stream stream = Follow("/events/a");
  // A program that has sent all of its request but the last byte when it is killed.
  const std::string request = "POST /publish/a HTTP/1.1\\r\\nHost: h\\r\\nAuthorization: Bearer " +
                              Token(R"(["a"])") + "\\r\\nContent-Length: 5\\r\\n\\r\\nhell";
  ProcessOptions options;
  options.argv = {"bash", "-c",
                  "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(lease().port()) + " && printf '" +
                      request + "' >&3 && echo sent && sleep 60"};
  const auto publisher = Must(Process::Start(options));
  ASSERT_TRUE(publisher->WaitForStdout("sent", kPatience).ok());
  EXPECT_TRUE(Eventually([&] { return Stats()["remote_publishers"].Number() == 1; }));
  publisher->Kill();
  EXPECT_TRUE(Eventually([&] { return Stats()["remote_publishers"].Number() == 0; }));
  Publish("a", "the next one");
  EXPECT_EQ(stream.Next().data, "the next one");
}

TEST_F(PublishTcpTest, SlowPublishersAreGivenUp) {
  Start(TcpArguments({"--header-timeout", "500ms"}));
  HttpClient silent = ConnectTcp();
  HttpClient half = ConnectTcp();
  Must(half.Send("POST /publish/a HTTP/1.1\r\nHost: h\r\nAuthor", kPatience));
  EXPECT_EQ(Must(half.ReadResponse(kPatience)).status, 408);
  EXPECT_TRUE(half.WaitForEnd(kPatience));
  EXPECT_TRUE(silent.WaitForEnd(kPatience));
  EXPECT_EQ(silent.peer_end(), PeerEnd::kFin);
  EXPECT_TRUE(Eventually([&] { return Stats()["publishers"].Number() == 0; }));
}

TEST_F(PublishTcpTest, OneAddressLeavesPlacesToOthers) {
  Start(TcpArguments({"--max-publishers", "8"}));
  const HttpHeaders bearer = Bearer(Token(R"(["a"])"));
  std::vector<HttpClient> held;
  for (int i = 0; i < 2; ++i) {
    held.push_back(ConnectTcp());
    EXPECT_EQ(Must(held.back().Request("POST", "/publish/a", kPatience, "x", bearer)).status, 200);
  }
  EXPECT_EQ(Once("POST", "/publish/a", "x", bearer).status, 503);
  HttpClient elsewhere =
      Must(HttpClient::ConnectTcp(lease().port(), kPatience, {.source = "127.0.0.2"}));
  EXPECT_EQ(Must(elsewhere.Request("POST", "/publish/a", kPatience, "x", bearer)).status, 200);
  Publish("a", "this host has its places");
  EXPECT_EQ(Refused("max_publishers"), 1u);
}

TEST_F(PublishTcpTest, PagesOfNamedOriginsMayPublish) {
  Start(TcpArguments({"--allow-origin", "https://app.example"}));
  const HttpResponse preflight =
      Once("OPTIONS", "/publish/a", {},
           {{"Origin", "https://app.example"},
            {"Access-Control-Request-Method", "POST"},
            {"Access-Control-Request-Headers", "authorization,idempotency-key"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_NE(preflight.header("Access-Control-Allow-Headers").find("authorization"),
            std::string::npos);
  HttpHeaders headers = Bearer(Token(R"(["a"])"));
  headers.emplace_back("Origin", "https://app.example");
  EXPECT_EQ(Once("POST", "/publish/a", "x", headers).header("Access-Control-Allow-Origin"),
            "https://app.example");
}

TEST_F(PublishTcpTest, TheBinaryProtocolIsRefusedWithAReason) {
  Start(TcpArguments());
  HttpClient client = ConnectTcp();
  Must(client.Send(RawPublisher::Hello() + RawPublisher::Frame(1, "a", "", "x"), kPatience));
  const HttpResponse answer = Must(client.ReadResponse(kPatience));
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("publish socket"), std::string::npos) << answer.body;
  EXPECT_TRUE(client.WaitForEnd(kPatience));
}

TEST_F(PublishTcpTest, KeysReloadAndTheListenerNeedsARestart) {
  const std::string listen = "publish-listen = [\"" + Place() + "\"]\nauth = \"none\"\n";
  const auto with_key = [&](const std::string& key) {
    return listen + "jwt-key = [\"" + issuer().File(key + ".pub") + "\"]\n";
  };
  StartWith(with_key("main"));
  HttpClient publisher = ConnectTcp();
  const HttpHeaders by_main = Bearer(Token(R"(["a"])"));
  const HttpHeaders by_other = Bearer(Token(R"(["a"])", 3600, "other"));
  EXPECT_EQ(Must(publisher.Request("POST", "/publish/a", kPatience, "x", by_main)).status, 200);
  EXPECT_EQ(Once("POST", "/publish/a", "x", by_other).status, 401);
  Reload(with_key("other"));
  EXPECT_EQ(Must(publisher.Request("POST", "/publish/a", kPatience, "x", by_main)).status, 401)
      << "a token that was known is judged by the keys of now";
  EXPECT_EQ(Once("POST", "/publish/a", "x", by_other).status, 200);
  const std::string outcome = Reload("jwt-key = [\"" + issuer().File("main.pub") + "\"]\n");
  EXPECT_NE(outcome.find("needs a restart: publish-listen"), std::string::npos) << outcome;
  EXPECT_EQ(Once("POST", "/publish/a", "x", by_main).status, 200);
}

TEST_F(PublishTcpTest, TheWindowOfKeysReloads) {
  StartWith("");
  const HttpHeaders key = {{"Idempotency-Key", "k"}};
  const auto publish = [&] {
    return Must(ConnectPublisher().Request("POST", "/publish/a", kPatience, "x", key)).body;
  };
  const auto repeated = [](const std::string& body) {
    return body.find("\"duplicate\":true") != std::string::npos;
  };
  EXPECT_FALSE(repeated(publish()));
  EXPECT_TRUE(repeated(publish()));
  Reload("idempotency-window = \"off\"\n");
  EXPECT_FALSE(repeated(publish()));
  EXPECT_FALSE(repeated(publish()));
  Reload("idempotency-window = \"1h\"\n");
  EXPECT_FALSE(repeated(publish()));
  EXPECT_TRUE(repeated(publish()));
  EXPECT_EQ(Stats()["events"]["repeated"].Number(), 2u);
}

TEST_F(PublishTcpTest, WithoutAKeyItDoesNotStart) {
  ProcessOptions options;
  options.argv = {Server::Binary(), "serve", "--publish-listen", Place()};
  const auto process = Must(Process::Start(options));
  EXPECT_EQ(Must(process->Wait(kPatience)), ExitStatus{.code = EX_USAGE});
  EXPECT_NE(process->stderr_text().find("name one with jwt-key"), std::string::npos)
      << process->stderr_text();
}

TEST_F(PublishTcpTest, ATakenPortIsToldAsByTheDoctor) {
  Start(TcpArguments());
  const PortLease listen;
  const PortLease admin;
  ProcessOptions options;
  options.argv = {Server::Binary(),   "serve",
                  "--listen",         "127.0.0.1:" + std::to_string(listen.port()),
                  "--admin",          "127.0.0.1:" + std::to_string(admin.port()),
                  "--publish-socket", server().directory().File("second.sock")};
  for (const std::string& argument : TcpArguments()) options.argv.push_back(argument);
  const auto second = Must(Process::Start(options));
  EXPECT_EQ(Must(second->Wait(kPatience)), ExitStatus{.code = EX_UNAVAILABLE});
  EXPECT_NE(second->stderr_text().find("choose another address with --publish-listen"),
            std::string::npos)
      << second->stderr_text();
}

}  // namespace
}  // namespace ringcast::test
