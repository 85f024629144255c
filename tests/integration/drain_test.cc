// The end of a server: SIGTERM once and twice, and the start of the next one in its place.
#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "integration/daemon_test.h"
#include "integration/raw_publisher.h"

namespace ringcast::test {
namespace {

using DrainTest = DaemonTest;
using Clock = std::chrono::steady_clock;

TEST_F(DrainTest, StreamsAreToldToComeBackAndTheServerEndsWell) {
  Start({"--shards", "2", "--retry", "2s"});
  std::vector<Stream> streams;
  for (int i = 0; i < 60; ++i) {
    SseRequest request;
    request.target = i % 2 == 0 ? "/events/a" : "/events?channel=a&channel=b";
    request.minor_version = i % 3 == 0 ? 0 : 1;
    streams.push_back(Follow(request));
  }
  const std::string id = Publish("a", "last");
  EXPECT_EQ(server().Stop(SIGTERM).value(), ExitStatus{.code = 0});
  std::set<std::uint64_t> retries;
  for (Stream& stream : streams) {
    EXPECT_EQ(stream.Next().id, id);
    const SseEvent drain = stream.Next();
    EXPECT_EQ(drain.type, "drain");
    EXPECT_FALSE(drain.has_id);
    ASSERT_TRUE(drain.retry.has_value());
    EXPECT_GE(*drain.retry, 2000u);
    EXPECT_LE(*drain.retry, 3000u);
    EXPECT_EQ(Json::Parse(drain.data)["retry"].Number(), drain.retry);
    retries.insert(*drain.retry);
    const bool chunked = stream.client.head().header_count("Transfer-Encoding") == 1;
    EXPECT_EQ(stream.client.WaitForEnd(kPatience),
              chunked ? StreamEnd::kTruncated : StreamEnd::kComplete);
    EXPECT_FALSE(stream.client.EndedMidEvent());
  }
  EXPECT_GE(retries.size(), 20u) << "they must not come back together";
  EXPECT_FALSE(std::filesystem::exists(server().publish_socket()));
}

TEST_F(DrainTest, StreamsCloseInASpreadAndNobodyNewIsLetIn) {
  Start({"--shards", "2", "--drain-timeout", "1s"});
  constexpr std::size_t kStreams = 600;
  std::vector<Stream> streams;
  for (std::size_t i = 0; i < kStreams; ++i) streams.push_back(Follow("/events/a"));
  HttpClient keep_alive = Connect();
  EXPECT_EQ(Must(keep_alive.Request("GET", "/health", kPatience)).status, 200);

  const auto begin = Clock::now();
  server().process().Signal(SIGTERM);
  std::vector<pollfd> open;
  for (Stream& stream : streams) {
    open.push_back({.fd = stream.client.connection().fd(), .events = POLLIN, .revents = 0});
  }
  std::vector<Clock::duration> ends;
  bool refused = false;
  while (ends.size() < kStreams && Clock::now() - begin < kPatience) {
    ASSERT_GT(::poll(open.data(), open.size(), 5000), 0);
    const auto now = Clock::now() - begin;
    for (pollfd& each : open) {
      if (each.revents == 0) continue;
      ends.push_back(now);
      each.fd = -1;
    }
    // The listeners are closed when the last shard has stopped to accept.
    if (!refused && ends.size() < kStreams * 9 / 10) {
      refused = !HttpClient::ConnectTcp(server().port(), 300ms).ok();
      if (!refused) continue;
      EXPECT_NE(Must(server().admin_get("/readyz")).status, 200);
      EXPECT_EQ(Must(server().admin_get("/livez")).status, 200);
    }
  }
  ASSERT_EQ(ends.size(), kStreams);
  EXPECT_TRUE(refused) << "a load balancer would have gone on sending clients here";
  EXPECT_GE(ends.back() - ends.front(), 250ms) << "they went all at once";
  EXPECT_LE(ends.back(), 3s);
  EXPECT_TRUE(keep_alive.WaitForEnd(kPatience));
  EXPECT_EQ(Must(server().process().Wait(kPatience)), ExitStatus{.code = 0});
}

TEST_F(DrainTest, SecondSignalEndsAtOnce) {
  for (const int second : {SIGTERM, SIGINT}) {
    Start({"--shards", "1", "--drain-timeout", "1m"});
    std::vector<Stream> streams;
    for (int i = 0; i < 700; ++i) streams.push_back(Follow("/events/a"));
    server().process().Signal(SIGTERM);
    EXPECT_TRUE(LogSays("draining"));
    const auto begin = Clock::now();
    server().process().Signal(second);
    EXPECT_EQ(Must(server().process().Wait(kPatience)), ExitStatus{.code = 0});
    EXPECT_LE(Clock::now() - begin, 700ms);
    std::size_t told = 0;
    for (Stream& stream : streams) {
      const Result<SseEvent> event = stream.client.NextEvent(kPatience);
      if (event.ok()) ++told;
    }
    EXPECT_LT(told, streams.size()) << "it went through the whole drain";
    EXPECT_FALSE(std::filesystem::exists(server().publish_socket()));
  }
}

TEST_F(DrainTest, StalledAndHalfOpenConnectionsDoNotHoldItUp) {
  Start({"--stall-timeout", "1m", "--drain-timeout", "500ms"});
  SseRequest request;
  request.target = "/events/a";
  request.connect.receive_buffer_bytes = 4096;
  Stream stalled = Follow(request);
  HttpClient silent = Connect();
  HttpClient half = Send("GET /events/a HTTP/1.1\r\nHo");
  RawPublisher publisher = Must(RawPublisher::Connect(server().publish_socket()));
  Must(publisher.Send(RawPublisher::Frame(1, "a", "", "x").substr(0, 7), kPatience));
  for (int i = 0; i < 8; ++i) Publish("a", std::string(1 << 20, 'x'));
  const auto begin = Clock::now();
  EXPECT_EQ(Must(server().Stop(SIGTERM)), ExitStatus{.code = 0});
  EXPECT_LE(Clock::now() - begin, 3s);
  EXPECT_TRUE(silent.WaitForEnd(kPatience));
  EXPECT_TRUE(half.WaitForEnd(kPatience));
  EXPECT_NE(stalled.client.WaitForEnd(kPatience), StreamEnd::kOpen);
}

TEST_F(DrainTest, NextServerStartsAtOnceInItsPlace) {
  Start({"--listen", "unix:" + TempDir().File("gone")});
  for (int round = 0; round < 5; ++round) {
    const TempDir directory;
    ServerOptions options;
    options.args = {"--listen", "unix:" + directory.File("public")};
    if (round % 2 == 0) {
      EXPECT_EQ(Must(server().Stop(round == 2 ? SIGINT : SIGTERM)), ExitStatus{.code = 0});
    } else {
      server().Kill();
    }
    Must(server().Restart(options));
    Stream stream = Follow("/events/a");
    const std::string id = Publish("a", "x");
    EXPECT_EQ(stream.Next().id, id);
    EXPECT_TRUE(std::filesystem::exists(directory.File("public")));
    server().process().Signal(SIGTERM);
    EXPECT_EQ(Must(server().process().Wait(kPatience)), ExitStatus{.code = 0});
    EXPECT_FALSE(std::filesystem::exists(directory.File("public")));
    Must(server().Restart(options));
  }
}

// Whoever resumes after the restart of a server learns that it was restarted, and reads on.
TEST_F(DrainTest, ClientsComeBackToTheNextServer) {
  Start({"--retry", "1ms"});
  Stream stream = Follow("/events/a");
  const std::string id = Publish("a", "before");
  EXPECT_EQ(stream.Next().id, id);
  EXPECT_EQ(Must(server().Stop()), ExitStatus{.code = 0});
  Must(server().Restart());
  Publish("a", "after");
  Stream again = Follow("/events/a", id);
  EXPECT_EQ(again.Next().type, "gap");
  EXPECT_EQ(again.Next().data, "after");
}

}  // namespace
}  // namespace ringcast::test
