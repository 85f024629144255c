// Each limit at its bound, one above it, and after somebody has left; what it counts and says.
#include <chrono>
#include <string>

#include "integration/daemon_test.h"
#include "integration/raw_publisher.h"

namespace ringcast::test {
namespace {

class LimitsTest : public DaemonTest {
 protected:
  std::string Metrics() { return Must(server().admin_get("/metrics", kPatience)).body; }
};

TEST_F(LimitsTest, AnAddressThatOpensTooManyASecondIsToldToComeBack) {
  Start({"--connection-rate-per-ip", "1", "--connection-burst-per-ip", "3", "--shards", "2"});
  const auto start = std::chrono::steady_clock::now();
  std::vector<Stream> streams;
  std::size_t refused = 0;
  for (int i = 0; i < 40; ++i) refused += IsServed(From("127.0.0.2"), streams) ? 0 : 1;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start)
          .count();
  EXPECT_GE(streams.size(), 3u);
  EXPECT_LE(streams.size(), 3u + 1u + static_cast<std::size_t>(seconds));
  EXPECT_EQ(Refused("connection_rate_per_ip"), refused);
  Follow(From("127.0.0.3"));  // somebody else is not concerned
  EXPECT_TRUE(Eventually([&] { return IsServed(From("127.0.0.2"), streams); })) << "later it is";
  const std::string id = Publish("demo", "x");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  EXPECT_TRUE(
      LogSays("limit=connection-rate-per-ip allowed=1 address=127.0.0.2; "
              "--connection-rate-per-ip raises it"));
}

TEST_F(LimitsTest, Ipv6AddressesAreLimitedToo) {
  const PortLease port;
  Start({"--listen", "[::1]:" + std::to_string(port.port()), "--max-connections-per-ip", "2"});
  SseRequest request = From("");
  request.connect.host = "::1";
  std::vector<Stream> streams;
  std::size_t served = 0;
  for (int i = 0; i < 3; ++i) {
    SseClient client = Must(SseClient::Open(port.port(), request, kPatience));
    SseEvent first = Must(client.NextEvent(kPatience));
    served += first.type == "connected" ? 1 : 0;
    streams.push_back({std::move(client), std::move(first)});
  }
  EXPECT_EQ(served, 2u);
  EXPECT_TRUE(IsServed(From("127.0.0.2"), streams));
  EXPECT_EQ(Refused("max_connections_per_ip"), 1u);
  EXPECT_TRUE(LogSays("limit=max-connections-per-ip allowed=2 address=::1"));
}

TEST_F(LimitsTest, ConnectionsWithoutAnAddressAreNotLimitedByIt) {
  const TempDir directory;
  Start({"--listen", "unix:" + directory.File("s"), "--max-connections-per-ip", "1",
         "--connection-rate-per-ip", "1"});
  SseRequest request;
  request.target = "/events/demo";
  request.unix_path = directory.File("s");
  std::vector<Stream> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(Follow(request));
  EXPECT_EQ(Refused("max_connections_per_ip") + Refused("connection_rate_per_ip"), 0u);
}

TEST_F(LimitsTest, AFullServerCountsAndNamesTheLimit) {
  Start({"--max-connections", "2", "--shards", "2"});
  Stream first = Follow("/events/demo");
  Stream second = Follow("/events/demo");
  ExpectTurnedAway(From(""));
  EXPECT_EQ(Refused("max_connections"), 1u);
  EXPECT_NE(Metrics().find("ringcast_refused_total{limit=\"max_connections\"} 1\n"),
            std::string::npos);
  EXPECT_TRUE(LogSays("limit=max-connections allowed=2"));
}

TEST_F(LimitsTest, AStreamHasSoManyChannels) {
  Start({"--max-channels-per-stream", "3"});
  Follow("/events?channel=a&channel=b&channel=c");
  Follow("/events?channel=a&channel=b&channel=c&channel=a");  // three, one of them twice
  EXPECT_EQ(Get("/events?channel=a&channel=b&channel=c&channel=d").status, 400);
  EXPECT_EQ(Refused("max_channels_per_stream"), 1u);
}

TEST_F(LimitsTest, AChannelHasSoManySubscribersOverAllShards) {
  Start({"--max-subscribers-per-channel", "3", "--shards", "3"});
  std::vector<Stream> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(Follow("/events/a"));
  for (int i = 0; i < 4; ++i) ExpectTurnedAway(From("", "/events/a"));
  // Who is turned away from one channel takes no place in the others.
  for (int i = 0; i < 4; ++i) ExpectTurnedAway(From("", "/events?channel=b&channel=a"));
  for (int i = 0; i < 3; ++i) streams.push_back(Follow("/events/b"));
  ExpectTurnedAway(From("", "/events/b"));
  EXPECT_EQ(Refused("max_subscribers_per_channel"), 9u);
  EXPECT_TRUE(LogSays("limit=max-subscribers-per-channel allowed=3 channel=a"));
  const HttpResponse answer = PublishRequest("POST", "/publish/a", "x");
  EXPECT_EQ(Json::Parse(answer.body)["subscribers"].Number(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(streams[i].Next().data, "x");

  streams.erase(streams.begin());
  std::vector<Stream> again;
  EXPECT_TRUE(Eventually([&] { return IsServed(From("", "/events/a"), again); }));
  ExpectTurnedAway(From("", "/events/a"));
  EXPECT_TRUE(Eventually([&] { return Connections() == 6; })) << "nobody is left behind";
  // All leave, and the channel, which no shard has any more, is as new.
  streams.clear();
  again.clear();
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
  for (int i = 0; i < 3; ++i) streams.push_back(Follow("/events/a"));
  ExpectTurnedAway(From("", "/events/a"));
}

TEST_F(LimitsTest, PublishersAboveTheirNumberAreToldInTheirLanguage) {
  Start({"--max-publishers", "2"});
  RawPublisher first = Must(RawPublisher::Connect(server().publish_socket()));
  RawPublisher second = Must(RawPublisher::Connect(server().publish_socket()));
  EXPECT_EQ(PublishRequest("POST", "/publish/a", "x").status, 503);
  RawPublisher third = Must(RawPublisher::Connect(server().publish_socket()));
  const RawPublisher::Answer answer = Must(third.Next(kPatience));
  EXPECT_EQ(answer.kind, RawPublisher::kError);
  EXPECT_EQ(answer.code, 5);
  EXPECT_TRUE(third.AtEnd(kPatience));
  EXPECT_EQ(Refused("max_publishers"), 2u);
  EXPECT_EQ(Stats()["publishers"].Number(), 2u);
  EXPECT_EQ(Stats()["events"]["published"].Number(), 0u);
  Must(first.Send(RawPublisher::Frame(1, "a", "", "x"), kPatience));
  EXPECT_EQ(Must(first.ReadIds(1, kPatience)).size(), 1u) << "those before go on";
  second.connection().Close();
  EXPECT_TRUE(Eventually([&] { return Stats()["publishers"].Number() == 1; }));
  Publish("a", "there is room again");
}

TEST_F(LimitsTest, AnEventHasSoManyBytes) {
  Start({"--max-event-size", "1000"});
  const std::string largest(1000, 'x');
  EXPECT_EQ(PublishRequest("POST", "/publish/a", largest).status, 200);
  EXPECT_EQ(PublishRequest("POST", "/publish/a", largest + "x").status, 413);
  EXPECT_EQ(Refused("max_event_size"), 1u);
  const std::string line = "{\"channel\":\"a\",\"data\":\"" + largest;
  EXPECT_EQ(PublishRequest("POST", "/publish", line + "\"}\n" + line + "x\"}\n").status, 200);
  EXPECT_EQ(Refused("max_event_size"), 2u);
  RawPublisher binary = Must(RawPublisher::Connect(server().publish_socket()));
  Must(binary.Send(RawPublisher::Frame(1, "a", "", largest), kPatience));
  Must(binary.ReadIds(1, kPatience));
  Must(binary.Send(RawPublisher::Frame(2, "a", "", largest + "x"), kPatience));
  EXPECT_EQ(Must(binary.Next(kPatience)).kind, RawPublisher::kNack);
  EXPECT_EQ(Refused("max_event_size"), 3u);
  EXPECT_EQ(Stats()["events"]["published"].Number(), 3u);
}

TEST_F(LimitsTest, ABatchHasSoManyLinesAndBytes) {
  Start({"--max-batch-size", "4KiB", "--max-batch-events", "10"});
  const std::string line = "{\"channel\":\"a\",\"data\":\"x\"}\n";
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += line;
  EXPECT_EQ(PublishRequest("POST", "/publish", ten).status, 200);
  EXPECT_EQ(PublishRequest("POST", "/publish", ten + line).status, 413);
  EXPECT_EQ(PublishRequest("POST", "/publish", ten + "{\"channel\":\"a\"}").status, 413)
      << "a last line without its end";
  EXPECT_EQ(Refused("max_batch_events"), 2u);
  EXPECT_EQ(Stats()["events"]["published"].Number(), 10u) << "nothing of those";

  const std::string frame = "{\"channel\":\"a\",\"data\":\"\"}\n";
  const std::string fitting =
      "{\"channel\":\"a\",\"data\":\"" + std::string(4096 - frame.size(), 'x') + "\"}\n";
  ASSERT_EQ(fitting.size(), 4096u);
  EXPECT_EQ(PublishRequest("POST", "/publish", fitting).status, 200);
  EXPECT_EQ(PublishRequest("POST", "/publish", fitting + "\n").status, 413);
  HttpClient chunked = ConnectPublisher();
  Must(chunked.Send(
      "POST /publish HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n" + fitting +
          "\n\r\n0\r\n\r\n",
      kPatience));
  EXPECT_EQ(Must(chunked.ReadResponse(kPatience)).status, 413);
  EXPECT_EQ(Refused("max_batch_size"), 2u);
  EXPECT_EQ(Stats()["events"]["published"].Number(), 11u);
}

TEST_F(LimitsTest, AllHistoriesTogetherHaveSoMuchMemory) {
  Start({"--history-memory", "64MiB", "--history-bytes", "4MiB", "--history-ttl", "off"});
  constexpr std::uint64_t kMiB = 1u << 20;
  Stream live = Follow("/events/c0");
  const std::string first = Publish("c0", "oldest");
  EXPECT_EQ(live.Next().id, first);
  Publish("c0", "second oldest");
  live.Next();
  const std::string data(500'000, 'x');
  int published = 0;
  for (int i = 1; i <= 40; ++i) {
    for (int n = 0; n < 5; ++n, ++published) Publish("c" + std::to_string(i), data);
    const Json memory = Stats()["memory"];
    ASSERT_EQ(memory["history_memory_bytes"].Number(), 64 * kMiB);
    ASSERT_LE(memory["log_bytes"].Number(), (64 + 8 + 1) * kMiB);
  }
  EXPECT_EQ(published, 200);
  const std::uint64_t dropped = Stats()["memory"]["history_dropped_events"].Number();
  EXPECT_GE(dropped, 60u);
  EXPECT_LE(dropped, 160u) << "no more than needed";
  // Who comes back to the oldest channel is told; the newest is whole; live streams go on.
  Stream late = Follow("/events/c0", first);
  EXPECT_EQ(late.start(), "gap");
  const SseEvent gap = late.Next();
  EXPECT_EQ(gap.type, "gap");
  EXPECT_EQ(Json::Parse(gap.data)["reason"].Text(), "expired");
  EXPECT_EQ(Json::Parse(PublishRequest("GET", "/channels/c40").body)["history"]["events"].Number(),
            5u);
  const std::string id = Publish("c0", "newest");
  EXPECT_EQ(live.Next().id, id);
  EXPECT_EQ(late.Next().id, id);
  EXPECT_NE(Metrics().find("ringcast_history_memory_bytes 67108864\n"), std::string::npos);
  EXPECT_TRUE(LogSays("limit=history-memory allowed=67108864"));
}

TEST_F(LimitsTest, ByDefaultHistoryHasAShareOfTheMachine) {
  Start();
  EXPECT_GE(Stats()["memory"]["history_memory_bytes"].Number(), 64u << 20);
  Must(server().Stop());
  Must(server().Restart({.args = {"--history-memory", "off"}, .env = {}, .max_files = {}}));
  EXPECT_EQ(Stats()["memory"]["history_memory_bytes"].Number(), 0u);
}

}  // namespace
}  // namespace ringcast::test
