// Requests to the public listener: which of them become streams, and what the others are answered.
#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

using SubscribeRequestTest = DaemonTest;

TEST_F(SubscribeRequestTest, ChannelNamesInTheUrl) {
  Start();
  const std::string longest(255, 'n');
  const std::vector<std::pair<std::string, std::string>> targets_and_channels = {
      {"/events/a", "a"},
      {"/events/%41%2dz", "A-z"},
      {"/events/a/b/c", "a/b/c"},
      {"/events?channel=a%2Fb", "a/b"},
      {"/events/AZaz09._~:@=+-", "AZaz09._~:@=+-"},
      {"/events?other=1&channel=x&lastEventId=", "x"},
      {"/events/" + longest, longest},
      {"http://example.org/events/absolute", "absolute"}};
  for (const auto& [target, channel] : targets_and_channels) {
    Stream stream = Follow(target);
    Publish(channel, "for " + channel);
    EXPECT_EQ(stream.Next().data, "for " + channel) << target;
  }
  const std::string too_long(256, 'n');
  for (const std::string& target :
       {std::string("/events"),          std::string("/events/"),
        std::string("/events?channel="), std::string("/events?x=1"),
        "/events/" + too_long,           "/events?channel=" + too_long,
        std::string("/events//a"),       std::string("/events/a//b"),
        std::string("/events/a/"),       std::string("/events/%2561"),
        std::string("/events/a%00"),     std::string("/events/a%0d%0a"),
        std::string("/events/a%2fb"),    std::string("/events/a%5cb"),
        std::string("/events/../a"),     std::string("/events/a/./b"),
        std::string("/events/%2e%2e"),   std::string("/events/a%20b"),
        std::string("/events/a*"),       std::string("/events/%c0%ae"),
        std::string("/events/\\a"),      std::string("/events?channel=a&channel=")}) {
    const HttpResponse response = Get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(response.header("Connection"), "close") << target;
    EXPECT_FALSE(response.body.empty()) << target;
  }
  EXPECT_TRUE(Eventually([&] { return Streams() == 0; }));
}

TEST_F(SubscribeRequestTest, UpTo64ChannelsInOneStream) {
  Start({"--shards", "2"});
  const auto target = [](int count) {
    std::string text = "/events?channel=c0";
    for (int i = 1; i < count; ++i) text += "&channel=c" + std::to_string(i);
    return text;
  };
  Stream stream = Follow(target(64) + "&channel=c63&channel=c0");
  for (int i = 63; i >= 0; --i) Publish("c" + std::to_string(i), std::to_string(i));
  for (int i = 63; i >= 0; --i) EXPECT_EQ(stream.Next().data, std::to_string(i));
  for (const int too_many : {65, 254, 255, 256, 500}) {
    EXPECT_EQ(Get(target(too_many)).status, 400) << too_many;
  }
  EXPECT_EQ(Get(target(10000)).status, 414);
}

TEST_F(SubscribeRequestTest, HeadGivesTheHeadersOfGetAndNoSubscriber) {
  Start();
  HttpClient client = Connect();
  const HttpResponse head = Must(client.Request("HEAD", "/events/demo", kPatience));
  EXPECT_EQ(head.status, 200);
  const Stream stream = Follow("/events/other");
  for (const char* name : {"Content-Type", "Cache-Control", "X-Accel-Buffering"}) {
    EXPECT_EQ(head.header(name), stream.client.head().header(name));
  }
  // The connection goes on: nothing stood where a body would be.
  EXPECT_EQ(Must(client.Request("GET", "/health", kPatience)).body, "ok\n");
  EXPECT_EQ(PublishRequest("GET", "/channels/demo").status, 404) << "nobody subscribed";
  EXPECT_EQ(Must(Connect().Request("HEAD", "/events/%00", kPatience)).status, 400);
}

TEST_F(SubscribeRequestTest, OptionsAndMethodsThatAreNotAllowed) {
  Start();
  for (const char* target : {"/events/demo", "*"}) {
    const HttpResponse options = Must(Connect().Request("OPTIONS", target, kPatience));
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(options.header_count("Access-Control-Allow-Methods"), 0);
  }
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const HttpResponse bare = Must(Connect().Request(method, "/events/demo", kPatience));
    EXPECT_EQ(bare.status, 405) << method;
    EXPECT_EQ(bare.header("Allow"), "GET, HEAD, OPTIONS") << method;
    const HttpResponse body =
        Must(Connect().Request(method, "/events/demo", kPatience, std::string(100, 'x')));
    EXPECT_EQ(body.status, 405) << method;
    EXPECT_EQ(body.header("Connection"), "close") << method;
  }
  // The answer comes before the body: nothing waits for a terabyte.
  HttpClient client =
      Send("POST /events/demo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\nx");
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 405);
}

TEST_F(SubscribeRequestTest, OtherResourcesAreNotHere) {
  Start();
  for (const char* target : {"/", "/event", "/eventsx", "/metrics", "/stats.json", "/livez",
                             "/readyz", "/admin", "/publish/demo", "/channels/demo"}) {
    EXPECT_EQ(Get(target).status, 404) << target;
  }
  EXPECT_EQ(Must(Connect().Request("POST", "/publish/demo", kPatience, "x")).status, 404);
}

TEST_F(SubscribeRequestTest, AcceptDecidesWhetherItMayBeAStream) {
  Start();
  for (const char* accept : {"text/event-stream", "text/*", "*/*", "text/html, */*;q=0.1", ""}) {
    SseRequest request;
    request.target = "/events/demo";
    HttpClient client =
        Send("GET /events/demo HTTP/1.1\r\nHost: h\r\nAccept: " + std::string(accept) + "\r\n\r\n");
    EXPECT_EQ(Must(client.ReadHead(kPatience)).status, 200) << accept;
  }
  for (const char* accept : {"application/json", "text/html", "text/event-stream;q=0"}) {
    EXPECT_EQ(Get("/events/demo", {{"Accept", accept}}).status, 406) << accept;
  }
}

TEST_F(SubscribeRequestTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  const std::string health = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
  HttpClient client = Send(health + health + "HEAD /health HTTP/1.1\r\nHost: h\r\n\r\n" +
                           "GET /events/demo HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).body, "ok\n");
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).body, "ok\n");
  EXPECT_EQ(Must(client.ReadResponse(kPatience, /*answer_to_head=*/true)).status, 200);
  EXPECT_EQ(Must(client.ReadHead(kPatience)).header("Content-Type"), "text/event-stream");
  EXPECT_TRUE(client.ReadUntil("event: connected", kPatience).ok());
  Publish("demo", "after both");
  EXPECT_TRUE(client.ReadUntil("data: after both\n\n\r\n", kPatience).ok());

  HttpClient closing =
      Send("GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + health);
  EXPECT_EQ(Must(closing.ReadResponse(kPatience)).header("Connection"), "close");
  EXPECT_EQ(Must(closing.ReadAll(kPatience)), "") << "nothing after the last answer";
}

TEST_F(SubscribeRequestTest, ManyPipelinedRequestsInPiecesAreAllAnswered) {
  Start();
  constexpr int kRequests = 300;
  std::string requests;
  for (int i = 0; i < kRequests; ++i) {
    requests += "GET /health HTTP/1.1\r\nHost: h\r\nX: " + std::string(i % 97, 'x') + "\r\n\r\n";
  }
  HttpClient client = Connect();
  for (std::size_t at = 0; at < requests.size(); at += 1021) {
    Must(client.Send(requests.substr(at, 1021), kPatience));
  }
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_EQ(Must(client.ReadResponse(kPatience)).status, 200) << i;
  }
}

TEST_F(SubscribeRequestTest, OriginsThatAreAllowed) {
  Start({"--allow-origin", "https://a.example", "--allow-origin", "https://b.example:8443"});
  const auto origin = [&](const std::string& value) {
    SseRequest request;
    request.target = "/events/demo";
    request.headers = {{"Origin", value}};
    return Follow(request).client.head();
  };
  for (const char* allowed : {"https://a.example", "https://b.example:8443"}) {
    EXPECT_EQ(origin(allowed).header("Access-Control-Allow-Origin"), allowed);
    EXPECT_EQ(origin(allowed).header("Vary"), "Origin");
  }
  for (const char* refused : {"https://evil.example", "https://a.example.evil", "null", "*"}) {
    EXPECT_EQ(origin(refused).header_count("Access-Control-Allow-Origin"), 0) << refused;
    EXPECT_EQ(origin(refused).header("Vary"), "Origin") << refused;
  }
  const HttpResponse preflight =
      Must(Connect().Request("OPTIONS", "/events/demo", kPatience, {},
                             {{"Origin", "https://a.example"},
                              {"Access-Control-Request-Method", "GET"},
                              {"Access-Control-Request-Headers", "last-event-id"}}));
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_NE(preflight.header("Access-Control-Allow-Headers").find("last-event-id"),
            std::string::npos);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Credentials"), "true") << "the origin is named";
}

TEST_F(SubscribeRequestTest, EveryOriginCanBeAllowed) {
  Start({"--allow-origin", "*"});
  const HttpResponse health = Get("/health", {{"Origin", "https://any.example"}});
  EXPECT_EQ(health.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(health.header_count("Access-Control-Allow-Credentials"), 0);
}

}  // namespace
}  // namespace ringcast::test
