// Publishers on other hosts: what each request needs, and what is told to those who do not have it.
#include <string>
#include <vector>

#include "sequencer/remote_fixture.h"

namespace ringcast {
namespace {

using test::PublishClient;
using RemotePublishers = test::RemoteFixture;

TEST_F(RemotePublishers, WithATokenThatNamesTheChannelTheyPublish) {
  StartRemote();
  Follow(0, "job:1");
  const std::string answer =
      Once(Request("POST /publish/job%3A1?event=t", Bearer(Token({"job:*"})), "hello"));
  EXPECT_TRUE(Has(answer, "HTTP/1.1 200 ")) << answer;
  EXPECT_TRUE(Has(answer, R"("subscribers":1})")) << answer;
  EXPECT_EQ(Drain(0).size(), 1u);
  const std::string exact = Once(Request("POST /publish/a", Bearer(Token({"b", "a"})), "x"));
  EXPECT_TRUE(Has(exact, "HTTP/1.1 200 ")) << exact;
  EXPECT_EQ(stats.published.Get(), 2u);
  EXPECT_EQ(stats.refused.Get(), 0u);
}

TEST_F(RemotePublishers, WithoutATokenNothingGoes) {
  StartRemote();
  Http(Post("/publish/a", "from this host"));
  std::uint64_t asked = 0;
  for (const std::string& request :
       {Request("POST /publish/a", "", "x"), Request("POST /publish", "", R"({"channel":"a"})"),
        Request("GET /channels/a", ""), Request("DELETE /channels/a", ""),
        Request("GET /anything", ""),
        Request("POST /publish/a", "Authorization: Basic eDp5\r\n", "x"),
        Request("POST /publish/a?access_token=" + Token({"*"}), "", "x"),
        Request("POST /publish/a", "Cookie: ringcast_token=" + Token({"*"}) + "\r\n", "x")}) {
    const std::string answer = Once(request);
    EXPECT_TRUE(Has(answer, "HTTP/1.1 401 ")) << request << answer;
    EXPECT_TRUE(Has(answer, "WWW-Authenticate: Bearer\r\n")) << answer;
    EXPECT_TRUE(Has(answer, "Connection: close\r\n")) << answer;
    EXPECT_EQ(Denied(PublishDenial::kNoToken), ++asked);
  }
  EXPECT_EQ(stats.published.Get(), 1u);
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), R"("events":1)")) << "nobody has deleted it";
}

// What is wrong with a token stands in the log; who sent it learns nothing of it.
TEST_F(RemotePublishers, EveryBadTokenGetsTheSameAnswer) {
  StartRemote();
  std::string forged = Token({"*"});
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
  const std::vector<std::string> tokens = {
      "garbage",
      "a.b.c",
      forged,
      Token({"*"}, kNow),
      Token({"*"}, kNow - 1),
      Token({"*"}, kNow + 60, "another secret of more than thirty-two bytes"),
      Token({"*"}) + "," + Token({"*"}),
      "eyJhbGciOiJub25lIn0." + Token({"*"}).substr(Token({"*"}).find('.') + 1),
  };
  std::string first;
  for (const std::string& token : tokens) {
    std::string answer = Once(Request("POST /publish/a", Bearer(token), "x"));
    EXPECT_TRUE(Has(answer, "HTTP/1.1 401 ")) << token << answer;
    EXPECT_TRUE(Has(answer, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n")) << answer;
    EXPECT_TRUE(Has(answer, "{\"error\":\"invalid_token\"}")) << answer;
    if (first.empty()) first = answer;
    EXPECT_EQ(answer, first) << token;
  }
  EXPECT_EQ(Denied(PublishDenial::kInvalidToken), tokens.size());
  EXPECT_EQ(stats.published.Get(), 0u);
}

TEST_F(RemotePublishers, AChannelThatTheTokenDoesNotNameIsForbidden) {
  StartRemote();
  Http(Post("/publish/other", "x"));
  const std::string bearer = Bearer(Token({"job:*", "exact"}));
  for (const std::string& request :
       {Request("POST /publish/other", bearer, "x"), Request("POST /publish/exact2", bearer, "x"),
        Request("POST /publish/job", bearer, "x"), Request("GET /channels/other", bearer),
        Request("DELETE /channels/other", bearer), Request("GET /channels/nobody", bearer)}) {
    const std::string answer = Once(request);
    EXPECT_TRUE(Has(answer, "HTTP/1.1 403 ")) << request << answer;
    EXPECT_TRUE(Has(answer, "the token does not allow publishing to this channel")) << answer;
    EXPECT_FALSE(Has(answer, "job:")) << "it tells nothing of what the token does allow";
  }
  EXPECT_EQ(Denied(PublishDenial::kNotAllowed), 6u);
  EXPECT_TRUE(Has(Once(Request("GET /channels/exact", bearer)), "HTTP/1.1 404 "));
  EXPECT_EQ(stats.published.Get(), 1u);
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/other")), R"("events":1)"));
}

TEST_F(RemotePublishers, ATokenForSubscribersAloneIsForbidden) {
  StartRemote();
  TokenContent content;
  content.claims.expires = kNow + 60;
  content.claims.subscribe = {"*"};
  const std::string token = *MakeToken(content, Key(kSecret));
  EXPECT_TRUE(Has(Once(Request("POST /publish/a", Bearer(token), "x")), "HTTP/1.1 403 "));
}

TEST_F(RemotePublishers, TheyAreDeniedBeforeTheirBodyIsRead) {
  StartRemote();
  for (const std::string& fields : {std::string(), Bearer(Token({"b"}))}) {
    const auto client = Remote();
    client->Append("POST /publish/a HTTP/1.1\r\nHost: s\r\n" + fields +
                   "Content-Length: 1000000\r\n\r\n");
    const std::string answer = NextAnswer(*client);
    EXPECT_TRUE(Has(answer, "HTTP/1.1 40")) << answer;
    EXPECT_TRUE(Has(answer, "Connection: close\r\n")) << answer;
  }
  const auto patient = Remote();
  patient->Append(
      "POST /publish/a HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_TRUE(Has(NextAnswer(*patient), "HTTP/1.1 401 ")) << "and not asked to go on";
}

TEST_F(RemotePublishers, OnOneConnectionEachRequestIsJudgedByItsOwnToken) {
  StartRemote();
  const auto client = Remote();
  const std::string a = Bearer(Token({"a"}));
  const std::string b = Bearer(Token({"b"}));
  client->Append(Request("POST /publish/a", a, "1") + Request("POST /publish/b", b, "2") +
                 Request("GET /channels/b", a) + Request("POST /publish/a", a, "3"));
  EXPECT_TRUE(Has(NextAnswer(*client), "HTTP/1.1 200 "));
  EXPECT_TRUE(Has(NextAnswer(*client), "HTTP/1.1 200 "));
  const std::string forbidden = NextAnswer(*client);
  EXPECT_TRUE(Has(forbidden, "HTTP/1.1 403 ")) << forbidden;
  EXPECT_FALSE(Has(forbidden, "Connection: close")) << "nothing of it is unread";
  EXPECT_TRUE(Has(NextAnswer(*client), "HTTP/1.1 200 "));
  client->Append(Request("GET /channels/a", "") + Request("POST /publish/a", a, "4"));
  EXPECT_TRUE(Has(NextAnswer(*client), "HTTP/1.1 401 ")) << "none is carried over";
  WaitForEnd(*client);
  EXPECT_EQ(client->text(), "") << "what came behind it is not answered";
  EXPECT_EQ(stats.published.Get(), 3u);
}

TEST_F(RemotePublishers, ATokenThatIsOverIsOverOnOpenConnectionsToo) {
  StartRemote();
  const auto client = Remote();
  const std::string bearer = Bearer(Token({"a"}, kNow + 60));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 200 "));
  }
  ring->SetWall(static_cast<UnixMillis>(kNow + 59) * 1000);
  EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 200 "));
  ring->SetWall(static_cast<UnixMillis>(kNow + 60) * 1000);
  EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 401 "));
  EXPECT_EQ(stats.published.Get(), 4u);
}

TEST_F(RemotePublishers, OnABatchTheLinesAreJudgedOneByOne) {
  StartRemote();
  const std::string body =
      "{\"channel\":\"job:1\",\"data\":1}\n{\"channel\":\"other\",\"data\":2}\nnonsense\n"
      "{\"channel\":\"job:2\",\"data\":3}\n";
  const std::string answer = Once(Request("POST /publish", Bearer(Token({"job:*"})), body));
  EXPECT_TRUE(Has(answer, "HTTP/1.1 200 ")) << answer;
  EXPECT_TRUE(Has(answer,
                  "{\"error\":\"the token does not allow publishing to this channel\","
                  "\"line\":2}"))
      << answer;
  EXPECT_TRUE(Has(answer, "\"line\":3}")) << answer;
  EXPECT_EQ(stats.published.Get(), 2u);
  EXPECT_EQ(Denied(PublishDenial::kNotAllowed), 1u);
}

TEST_F(RemotePublishers, WithOtherKeysAKnownTokenHasToShowAnewThatItIsGood) {
  StartRemote();
  const auto client = Remote();
  const std::string bearer = Bearer(Token({"a"}));
  EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 200 "));
  options.max_event_bytes = 500;
  Settle();
  EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 200 "));
  options.tokens = Verifier("another secret of more than thirty-two bytes");
  Settle();
  EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 401 "));
  options.tokens = nullptr;
  Settle();
  EXPECT_TRUE(Has(Once(Request("POST /publish/a", bearer, "x")), " 401 ")) << "no key, no token";
  options.tokens = Verifier(kSecret);
  Settle();
  EXPECT_TRUE(Has(Once(Request("POST /publish/a", bearer, "x")), " 200 "));
}

TEST_F(RemotePublishers, TheBinaryProtocolIsForTheSocketAlone) {
  StartRemote();
  const auto client = Remote();
  client->Hello();
  client->Publish("a", "x");
  const std::string answer = NextAnswer(*client);
  EXPECT_TRUE(Has(answer, "HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(Has(answer, "the publish socket alone")) << answer;
  WaitForEnd(*client);
  EXPECT_EQ(stats.published.Get(), 0u);
}

TEST_F(RemotePublishers, IdempotencyKeysHoldForBothWays) {
  StartRemote();
  const std::string fields = Bearer(Token({"a"})) + "Idempotency-Key: k\r\n";
  const std::string first = Once(Request("POST /publish/a", fields, "x"));
  EXPECT_TRUE(Has(first, "\"subscribers\":0}")) << first;
  EXPECT_TRUE(Has(Once(Request("POST /publish/a", fields, "x")), "\"duplicate\":true}"));
  EXPECT_TRUE(Has(Http(Post("/publish", R"({"channel":"a","key":"k","data":"x"})")),
                  "\"duplicate\":true}"));
  EXPECT_EQ(stats.published.Get(), 1u);
}

TEST_F(RemotePublishers, APageOfAnAllowedOriginIsToldSo) {
  options.origins = OriginPolicy({"https://app.example"});
  StartRemote();
  const std::string preflight =
      Once(Request("OPTIONS /publish/a",
                   "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n"));
  EXPECT_TRUE(Has(preflight, "HTTP/1.1 204 ")) << preflight;
  EXPECT_TRUE(Has(preflight, "Access-Control-Allow-Origin: https://app.example\r\n")) << preflight;
  EXPECT_TRUE(Has(preflight, "Access-Control-Allow-Headers: authorization, ")) << preflight;
  EXPECT_FALSE(Has(preflight, "Allow-Credentials")) << preflight;
  for (const std::string& fields :
       {std::string(), Bearer("bad"), Bearer(Token({"b"})), Bearer(Token({"a"}))}) {
    const std::string answer =
        Once(Request("POST /publish/a", "Origin: https://app.example\r\n" + fields, "x"));
    EXPECT_TRUE(Has(answer, "Access-Control-Allow-Origin: https://app.example\r\n"))
        << "the page may read why: " << answer;
  }
  const std::string stranger =
      Once(Request("OPTIONS /publish/a",
                   "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n"));
  EXPECT_FALSE(Has(stranger, "Access-Control-Allow")) << stranger;
  EXPECT_FALSE(Has(Http(Ask("GET", "/channels/a")), "Vary")) << "no browser is on the socket";
}

TEST_F(RemotePublishers, WhoDiesInTheMiddleOfARequestLeavesNothing) {
  StartRemote();
  const std::string request = Request("POST /publish/a", Bearer(Token({"a"})), "hello");
  for (const std::size_t size : {std::size_t{10}, request.size() - 10, request.size() - 1}) {
    const auto client = Remote();
    client->Append(request.substr(0, size));
    TickUntil([&] { return client->Flush() == 0 && stats.remote_publishers.Get() == 1; });
    Ticks(5);
    client->Close();
    TickUntil([&] { return stats.remote_publishers.Get() == 0; });
  }
  EXPECT_EQ(stats.published.Get(), 0u);
}

}  // namespace
}  // namespace ringcast
