// Tokens on the way in: where they may be, what they allow, and what those are told who have none.
#include <set>

#include "integration/token_test.h"

namespace ringcast::test {
namespace {

using TokenSubscribeTest = TokenTest;

TEST_F(TokenSubscribeTest, AStreamForWhoeverHasOneAndForNobodyElse) {
  StartWithKey();
  const std::string token = Allows(R"("job:1", "user:42:*")");
  Stream stream = Follow(With("/events/job:1", token));
  Publish("job:1", "hello");
  EXPECT_EQ(stream.Next().data, "hello");
  // A prefix, also of a stream with several channels.
  Stream several = Follow(With("/events?channel=user:42:a&channel=user:42:b", token));
  Publish("user:42:b", "b");
  EXPECT_EQ(several.Next().data, "b");

  const HttpResponse none = Get("/events/job:1");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.header("WWW-Authenticate"), "Bearer");
  const HttpResponse other = Get("/events/job:2", Bearer(token));
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(other.header("WWW-Authenticate"), "Bearer error=\"insufficient_scope\"");
  EXPECT_EQ(StatusOf("/events?channel=job:1&channel=job:2", Bearer(token)), 403);
  EXPECT_EQ(StatusOf("/events/user:421:a", Bearer(token)), 403);
  EXPECT_EQ(RefusedFor("missing"), 1u);
  EXPECT_EQ(RefusedFor("channel"), 3u);
  EXPECT_EQ(Metric("ringcast_tokens_refused_total{reason=\"missing\"}"), "1");
  // What needs no stream needs no token.
  EXPECT_EQ(Get("/health").status, 200);
}

TEST_F(TokenSubscribeTest, EveryShardAsksAndAnswers) {
  StartWithKey();
  const std::string token = Allows(R"("a")");
  std::vector<Stream> streams;
  for (int i = 0; i < 12; ++i) streams.push_back(Follow(With("/events/a", token)));
  for (int i = 0; i < 12; ++i) EXPECT_EQ(StatusOf("/events/a", {}), 401);
  const Json shards = Stats()["shards"];
  EXPECT_GT(shards[std::size_t{0}]["streams"].Number(), 0u);
  EXPECT_GT(shards[std::size_t{1}]["streams"].Number(), 0u);
  Publish("a", "x");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().data, "x");
}

// Row 118: whatever is wrong, the client learns the same.
TEST_F(TokenSubscribeTest, WhateverIsWrongWithATokenIsAnsweredWithTheSame) {
  issuer_.MakeKeys({{"other", "ES256"}, {"secret", "HS256"}});
  StartWithKey("jwt-audience = \"here\"\njwt-issuer = \"us\"\n");
  const auto asked = [&](const std::string& members, const std::string& key = "main.pem",
                         const std::string& algorithm = "ES256") {
    return R"({"key": ")" + key + R"(", "algorithm": ")" + algorithm + R"(", )" + members + "}";
  };
  const std::string later = std::to_string(InSeconds(3600));
  const std::string good =
      R"({"exp": )" + later + R"(, "iss": "us", "aud": "here", "ringcast": {"subscribe": ["a"]}})";
  const std::string payload = R"("payload": )" + good;
  std::vector<std::string> tokens = issuer_.Issue({
      asked(payload),  // the sound one
      asked(payload, "other.pem"),
      asked(payload, "secret.key", "HS256"),
      asked(payload, "main.pub", "none"),
      asked(payload + R"(, "raw_header": "{\"alg\":\"HS256\"}")", "main.pub", "HS256"),
      asked(payload + R"(, "headers": {"jwk": {"kty": "EC"}})"),
      asked(payload + R"(, "headers": {"jku": "https://attacker.example"})"),
      asked(payload + R"(, "headers": {"x5u": "https://attacker.example"})"),
      asked(payload + R"(, "headers": {"crit": ["exp"]})"),
      asked(R"("payload": {"iss": "us", "aud": "here"})"),
      asked(R"("payload": {"exp": 1, "iss": "us", "aud": "here"})"),
      asked(R"("payload": {"exp": )" + later + R"(, "iss": "them", "aud": "here"})"),
      asked(R"("payload": {"exp": )" + later + R"(, "iss": "us", "aud": ["there"]})"),
      asked(R"("payload": {"exp": )" + later + R"(.5, "iss": "us", "aud": "here"})"),
      asked(R"("raw_payload": "{\"exp\":1,\"exp\":)" + later + "}\""),
      asked(R"("raw_payload": "\u00ff")"),
  });
  Follow(With("/events/a", tokens.front()));
  tokens.erase(tokens.begin());
  tokens.push_back("a");
  tokens.push_back("a.b.c");
  tokens.push_back(std::string(8 * 1024 + 1, 'a'));
  std::set<std::string> answers;
  for (const std::string& token : tokens) {
    const HttpResponse refused = Get("/events/a", Bearer(token));
    EXPECT_EQ(refused.status, 401) << token;
    std::string text = refused.body;
    for (const auto& [name, value] : refused.headers) {
      if (name != "Date") text += name + ": " + value + "\n";
    }
    answers.insert(text);
  }
  ASSERT_EQ(answers.size(), 1u) << *answers.begin() << *answers.rbegin();
  EXPECT_NE(answers.begin()->find("WWW-Authenticate: Bearer error=\"invalid_token\""),
            std::string::npos);
  // The log knows what it was, and nothing of the tokens.
  for (const char* reason :
       {"token=signature", "token=algorithm", "token=header", "token=no_expiry", "token=expired",
        "token=issuer", "token=audience", "token=claims", "token=malformed"}) {
    EXPECT_TRUE(LogSays(reason)) << reason;
  }
  const std::string log = server().log();
  for (const std::string& token : tokens) {
    if (token.size() <= 20) continue;
    EXPECT_EQ(log.find(token.substr(0, 20)), std::string::npos);
  }
  // Far more than a head may be long is not a token's fault any more.
  EXPECT_EQ(StatusOf("/events/a", Bearer(std::string(64 * 1024, 'a'))), 431);
}

TEST_F(TokenSubscribeTest, ACookieServesPagesOfAllowedOriginsAlone) {
  StartWithKey("jwt-cookie = \"tok\"\nallow-origin = [\"https://app.example.org\"]\n");
  const std::string token = Allows(R"("a")");
  const auto with = [&](const std::string& origin) {
    SseRequest request;
    request.target = "/events/a";
    request.headers = {{"Cookie", "x=1; tok=" + token}};
    if (!origin.empty()) request.headers.emplace_back("Origin", origin);
    return request;
  };
  // The clients here send "Host: localhost".
  for (const char* origin : {"", "http://localhost", "https://localhost"}) Follow(with(origin));
  const Stream named = Follow(with("https://app.example.org"));
  EXPECT_EQ(named.client.head().header("Access-Control-Allow-Origin"), "https://app.example.org");
  EXPECT_EQ(named.client.head().header("Access-Control-Allow-Credentials"), "true");
  for (const char* origin : {"https://evil.example", "null", "http://app.example.org",
                             "https://app.example.org.evil.example", "http://localhost:3000"}) {
    EXPECT_EQ(StatusOf("/events/a", with(origin).headers), 403) << origin;
  }
  EXPECT_EQ(RefusedFor("origin"), 5u);
  // A page that knows the token itself is no forgery.
  EXPECT_EQ(StatusOf("/events/b",
                     {{"Authorization", "Bearer " + token}, {"Origin", "https://evil.example"}}),
            403);
  EXPECT_EQ(RefusedFor("channel"), 1u);
}

TEST_F(TokenSubscribeTest, AStarAllowsNoCookie) {
  StartWithKey("jwt-cookie = \"tok\"\nallow-origin = [\"*\"]\n");
  const std::string token = Allows(R"("a")");
  EXPECT_EQ(StatusOf("/events/a", {{"Cookie", "tok=" + token}, {"Origin", "https://a.example"}}),
            403);
  SseRequest request = With("/events/a", token);
  request.headers.emplace_back("Origin", "https://a.example");
  EXPECT_EQ(Follow(request).client.head().header("Access-Control-Allow-Origin"), "*");
}

TEST_F(TokenSubscribeTest, CookiesAndQueriesAreNotLookedAtUnasked) {
  StartWithKey();
  const std::string token = Allows(R"("a")");
  EXPECT_EQ(StatusOf("/events/a", {{"Cookie", "tok=" + token + "; ringcast_token=" + token}}), 401);
  EXPECT_EQ(StatusOf("/events/a?access_token=" + token, {}), 401);
  EXPECT_EQ(RefusedFor("missing"), 2u);
}

// Row 120.
TEST_F(TokenSubscribeTest, ATokenInTheQueryLeavesNoTrace) {
  StartWithKey("jwt-query = \"access_token\"\nlog-level = \"debug\"\n");
  const std::string token = Allows(R"("a")");
  const Stream stream = Follow("/events/a?access_token=" + token);
  EXPECT_EQ(stream.client.head().header("Cache-Control"), "private, no-store, no-transform");
  // Refused in every way that there is: by its channel, its signature, its escape, its path.
  EXPECT_EQ(StatusOf("/events/b?access_token=" + token, {}), 403);
  EXPECT_EQ(StatusOf("/events/a?access_token=" + token + "x", {}), 401);
  EXPECT_EQ(StatusOf("/events/a?access_token=" + token + "%", {}), 400);
  EXPECT_EQ(StatusOf("/events//a?access_token=" + token, {}), 400);
  EXPECT_EQ(StatusOf("/nowhere?access_token=" + token, {}), 404);
  EXPECT_EQ(StatusOf("/events/a?access_token=" + token, Bearer("other")), 400);
  for (const std::string& text :
       {server().log(), Must(server().admin_get("/stats.json", kPatience)).body,
        Must(server().admin_get("/metrics", kPatience)).body}) {
    EXPECT_EQ(text.find(token.substr(0, 24)), std::string::npos) << text;
    EXPECT_EQ(text.find(token.substr(token.size() - 24)), std::string::npos) << text;
  }
}

TEST_F(TokenSubscribeTest, TwoDifferentTokensAreABadRequest) {
  StartWithKey("jwt-cookie = \"tok\"\njwt-query = \"access_token\"\n");
  const std::string token = Allows(R"("a")");
  const HttpResponse refused =
      Get("/events/a", {{"Authorization", "Bearer " + token}, {"Cookie", "tok=x"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer error=\"invalid_request\"");
  EXPECT_EQ(StatusOf("/events/a?access_token=x", Bearer(token)), 400);
  EXPECT_EQ(StatusOf("/events/a", {{"Authorization", "Bearer a b"}}), 400);
  // The same token in two places is one.
  SseRequest request = With("/events/a?access_token=" + token, token);
  request.headers.emplace_back("Cookie", "tok=" + token);
  Follow(request);
}

TEST_F(TokenSubscribeTest, RoutesTakeTheirChannelsFromTheToken) {
  StartWithKey("", R"(
[[route]]
path = "/me"
channels = ["user:{sub}"]
[[route]]
path = "/job/{id}"
channels = ["job:{id}"]
[[route]]
path = "/user/{sub}"
channels = ["user:{sub}"]
[[route]]
path = "/tenant"
channels = ["tenant:{tenant}"]
[[route]]
path = "/open"
channels = ["news"]
auth = "none"
)");
  const std::string token = Allows(R"("job:7")");
  Stream me = Follow(With("/me", token));
  Publish("user:42", "mine");
  EXPECT_EQ(me.Next().data, "mine");
  Stream job = Follow(With("/job/7", token));
  EXPECT_EQ(StatusOf("/job/8", Bearer(token)), 403);
  // What the path says is not what the token says, though it bears the claim's name.
  EXPECT_EQ(StatusOf("/user/42", Bearer(token)), 403);
  EXPECT_EQ(StatusOf("/user/43", Bearer(token)), 403);
  // The token has no such claim.
  EXPECT_EQ(StatusOf("/tenant", Bearer(token)), 403);
  EXPECT_EQ(StatusOf("/me", {}), 401);
  Follow("/open");
}

TEST_F(TokenSubscribeTest, AConnectionProvesItselfForEachOfItsRequests) {
  StartWithKey();
  const std::string token = Allows(R"("a")");
  HttpClient client = Connect();
  Must(client.Send(
      "HEAD /events/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n",
      kPatience));
  EXPECT_EQ(Must(client.ReadResponse(kPatience, /*answer_to_head=*/true)).status, 200);
  Must(client.Send("GET /events/a HTTP/1.1\r\nHost: a\r\n\r\n", kPatience));
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 401);
  EXPECT_EQ(Must(Connect().Request("POST", "/events/a", kPatience)).status, 405);
}

// More wrong tokens at once than a tick verifies: each gets its answer, and events pass between.
TEST_F(TokenSubscribeTest, AFloodOfWrongTokensHoldsUpNoDelivery) {
  StartWithKey();
  const std::string token = Allows(R"("a")");
  Stream stream = Follow(With("/events/a", token));
  const std::string request = "GET /events/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                              token.substr(0, token.size() - 4) + "AAAA\r\n\r\n";
  std::vector<HttpClient> flood;
  for (int i = 0; i < 400; ++i) flood.push_back(Connect());
  for (HttpClient& one : flood) Must(one.Send(request, kPatience));
  Publish("a", "between");
  EXPECT_EQ(stream.Next().data, "between");
  for (HttpClient& one : flood) EXPECT_EQ(Must(one.ReadResponse(kPatience)).status, 401);
  EXPECT_EQ(RefusedFor("signature"), 400u);
  Publish("a", "after");
  EXPECT_EQ(stream.Next().data, "after");
}

}  // namespace
}  // namespace ringcast::test
