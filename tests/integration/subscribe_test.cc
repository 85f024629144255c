// What a subscriber sees: the response head, the first event, and events as they were published.
#include "integration/daemon_test.h"
#include "integration/raw_publisher.h"

namespace ringcast::test {
namespace {

using SubscribeTest = DaemonTest;

TEST_F(SubscribeTest, StreamOfHttp11IsChunkedAndHeldByNoCache) {
  Start();
  Stream stream = Follow("/events/demo");
  const HttpResponse& head = stream.client.head();
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.header("Cache-Control"), "no-cache, no-transform");
  EXPECT_EQ(head.header("X-Accel-Buffering"), "no");
  EXPECT_EQ(head.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(head.header_count("Content-Length"), 0);
  EXPECT_EQ(head.header_count("Access-Control-Allow-Origin"), 0);
  EXPECT_EQ(head.header_count("Date"), 1);
  EXPECT_EQ(stream.connected.retry, 3000u);
  EXPECT_TRUE(stream.connected.has_id);
  EXPECT_EQ(stream.start(), "live");

  const std::string id = Publish("demo", "hello");
  const SseEvent event = stream.Next();
  EXPECT_EQ(event.id, id);
  EXPECT_TRUE(event.has_id);
  EXPECT_EQ(event.type, "message");
  EXPECT_EQ(event.data, "hello");
  EXPECT_EQ(stream.client.decoder().unknown_fields(), 0u);
  EXPECT_EQ(stream.client.decoder().blocks_without_data(), 0u);
  EXPECT_EQ(stream.client.decoder().empty_blocks(), 0u);
}

TEST_F(SubscribeTest, StreamOfHttp10EndsWithTheConnection) {
  Start({"--retry", "1234ms"});
  SseRequest request;
  request.target = "/events/demo";
  request.minor_version = 0;
  request.headers = {{"Connection", "keep-alive"}};  // not taken up (row 71)
  Stream stream = Follow(request);
  EXPECT_EQ(stream.client.head().header_count("Transfer-Encoding"), 0);
  EXPECT_EQ(stream.client.head().header_count("Content-Length"), 0);
  EXPECT_EQ(stream.client.head().header("Connection"), "close");
  EXPECT_EQ(stream.connected.retry, 1234u);
  const std::string id = Publish("demo", "one\ntwo");
  const SseEvent event = stream.Next();
  EXPECT_EQ(event.id, id);
  EXPECT_EQ(event.data, "one\ntwo");
  EXPECT_EQ(PublishRequest("DELETE", "/channels/demo").status, 200);
  EXPECT_EQ(stream.Next().type, "end");
  EXPECT_EQ(stream.client.WaitForEnd(kPatience), StreamEnd::kComplete);
}

TEST_F(SubscribeTest, ConnectedCarriesTheNewestIdOfTheServer) {
  Start();
  Stream first = Follow("/events/fresh");
  const std::string in_fresh = Publish("fresh", "x");
  EXPECT_LT(IdNumbers(first.connected.id), IdNumbers(in_fresh));
  EXPECT_EQ(Follow("/events/fresh").connected.id, in_fresh);
  const std::string elsewhere = Publish("elsewhere", "y");
  EXPECT_EQ(Follow("/events/third").connected.id, elsewhere);
}

TEST_F(SubscribeTest, ConnectedOfAResumeCarriesTheIdThatWasSent) {
  Start();
  const std::vector<std::string> ids = PublishNumbers("demo", 3);
  Stream stream = Follow("/events/demo", ids[0]);
  EXPECT_EQ(stream.connected.id, ids[0]);
  EXPECT_EQ(stream.start(), "resumed");
  EXPECT_EQ(stream.Next().data, "1");
  EXPECT_EQ(stream.Next().data, "2");
}

// Streams on all shards, with the same channels in another order, see one order of events.
TEST_F(SubscribeTest, OrderIsTotalOverManyChannels) {
  Start({"--shards", "3"});
  std::vector<Stream> streams;
  for (int i = 0; i < 12; ++i) {
    streams.push_back(Follow(i % 2 == 0 ? "/events?channel=a&channel=b&channel=c/d"
                                        : "/events/c/d?channel=b&channel=a"));
  }
  const std::vector<std::string> channels = {"a", "b", "c/d"};
  RawPublisher publisher = Must(RawPublisher::Connect(server().publish_socket()));
  constexpr std::uint64_t kEvents = 600;
  std::string frames;
  for (std::uint64_t n = 0; n < kEvents; ++n) {
    frames += RawPublisher::Frame(n, channels[n * 7 % 3], "", std::to_string(n));
  }
  Must(publisher.Send(frames, kPatience));
  const std::vector<std::string> ids = Must(publisher.ReadIds(kEvents, kPatience));
  for (Stream& stream : streams) {
    for (std::uint64_t n = 0; n < kEvents; ++n) {
      const SseEvent event = stream.Next();
      ASSERT_EQ(event.data, std::to_string(n));
      ASSERT_EQ(event.id, ids[n]);
    }
  }
  for (std::uint64_t n = 1; n < kEvents; ++n) {
    ASSERT_LT(IdNumbers(ids[n - 1]), IdNumbers(ids[n]));
  }
}

TEST_F(SubscribeTest, ChannelThatIsNamedTwiceIsFollowedOnce) {
  Start();
  Stream stream = Follow("/events/a?channel=a&channel=%61&channel=b");
  const Json channel = Json::Parse(PublishRequest("GET", "/channels/a").body);
  EXPECT_EQ(channel["subscribers"].Number(), 1u);
  Publish("a", "1");
  Publish("b", "2");
  EXPECT_EQ(stream.Next().data, "1");
  EXPECT_EQ(stream.Next().data, "2");
}

TEST_F(SubscribeTest, StreamsGetOnlyTheirChannels) {
  Start();
  Stream one = Follow("/events/one");
  Stream two = Follow("/events/two");
  Stream both = Follow("/events?channel=one&channel=two");
  Publish("two", "for two");
  Publish("three", "for nobody");
  Publish("one", "for one");
  EXPECT_EQ(one.Next().data, "for one");
  EXPECT_EQ(two.Next().data, "for two");
  EXPECT_EQ(both.Next().data, "for two");
  EXPECT_EQ(both.Next().data, "for one");
  ExpectQuiet(two, 50ms);
}

TEST_F(SubscribeTest, EventsArriveAsTheyWerePublished) {
  Start();
  Stream stream = Follow("/events/demo");
  const std::vector<std::pair<std::string, std::string>> published_and_received = {
      {" starts with a space", " starts with a space"},
      {":colon", ":colon"},
      {"data: x\n\nevent: forged", "data: x\n\nevent: forged"},
      {"lf\ncrlf\r\ncr\rend", "lf\ncrlf\ncr\nend"},
      {"\n", "\n"},
      {"\r\r\n\n\r", "\n\n\n\n"},
      {std::string("nul\0nul", 7), std::string("nul\0nul", 7)},
      {"\xEF\xBB\xBF"
       "byte order mark",
       "\xEF\xBB\xBF"
       "byte order mark"},
      {"\xE2\x80\xA8 \xF0\x9F\x98\x80", "\xE2\x80\xA8 \xF0\x9F\x98\x80"},
      {std::string(70000, 'x') + "\n" + std::string(70000, 'y'),
       std::string(70000, 'x') + "\n" + std::string(70000, 'y')}};
  for (const auto& [published, received] : published_and_received) {
    Publish("demo", published);
    EXPECT_EQ(stream.Next().data, received);
  }
  RawPublisher publisher = Must(RawPublisher::Connect(server().publish_socket()));
  Must(publisher.Send(RawPublisher::Frame(1, "demo", "", ""), kPatience));
  EXPECT_EQ(stream.Next().data, "") << "an event with empty data is an event";
  EXPECT_EQ(stream.client.decoder().unknown_fields(), 0u);
}

TEST_F(SubscribeTest, EventTypeIsToldAndDoesNotStick) {
  Start();
  Stream stream = Follow("/events/demo");
  EXPECT_EQ(PublishRequest("POST", "/publish/demo?event=price%20update", "1").status, 200);
  EXPECT_EQ(PublishRequest("POST", "/publish/demo?event=%C3%BCber:x", "2").status, 200);
  Publish("demo", "3");
  EXPECT_EQ(stream.Next().type, "price update");
  EXPECT_EQ(stream.Next().type,
            "\xC3\xBC"
            "ber:x");
  EXPECT_EQ(stream.Next().type, "message");
}

TEST_F(SubscribeTest, LargestEventReachesSeveralClients) {
  Start();
  std::vector<Stream> streams;
  for (int i = 0; i < 8; ++i) streams.push_back(Follow("/events/big"));
  std::string data(1 << 20, 'm');
  data[0] = 'a';
  data[data.size() - 1] = 'z';
  const std::string id = Publish("big", data);
  Publish("big", "after");
  for (Stream& stream : streams) {
    const SseEvent event = stream.Next();
    EXPECT_EQ(event.id, id);
    EXPECT_TRUE(event.data == data) << event.data.size();
    EXPECT_EQ(stream.Next().data, "after");
  }
}

TEST_F(SubscribeTest, UnixListenerServesStreams) {
  const TempDir directory;
  const std::string path = directory.File("public.sock");
  Start({"--listen", "unix:" + path, "--shards", "2"});
  std::vector<Stream> streams;
  SseRequest request;
  request.target = "/events/demo";
  for (request.minor_version = 1; request.minor_version >= 0; --request.minor_version) {
    request.unix_path = path;
    for (int i = 0; i < 6; ++i) streams.push_back(Follow(request));
    request.unix_path.clear();
    streams.push_back(Follow(request));
  }
  const std::string id = Publish("demo", "for all");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  EXPECT_EQ(server().Stop().value(), ExitStatus{.code = 0});
  EXPECT_FALSE(HttpClient::ConnectUnix(path, 1s).ok()) << "its file is removed";
}

TEST_F(SubscribeTest, Ipv6ListenerServesStreams) {
  const PortLease port;
  Start({"--listen", "[::1]:" + std::to_string(port.port())});
  SseRequest request;
  request.target = "/events/demo";
  request.connect.host = "::1";
  SseClient client = Must(SseClient::Open(port.port(), request, kPatience));
  EXPECT_EQ(Must(client.NextEvent(kPatience)).type, "connected");
  const std::string id = Publish("demo", "six");
  EXPECT_EQ(Must(client.NextEvent(kPatience)).id, id);
}

}  // namespace
}  // namespace ringcast::test
