// Rows 112, 113 and 115 to 117: clocks that jump, a process that stands still, signals by the
// thousand, and kill -9.
#include <thread>

#include "hostile/wall_clock_offset.h"
#include "integration/daemon_test.h"
#include "integration/number_flood.h"

namespace ringcast::test {
namespace {

using OperationTest = DaemonTest;
using Clock = std::chrono::steady_clock;

std::size_t Count(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Timers do not follow the wall clock; ids do, and never go back.
TEST_F(OperationTest, Row112_WallClockTenYearsBackAndForth) {
  const TempDir directory;
  WallClockOffset offset(directory.File("offset"));
  ServerOptions options;
  options.args = {"--heartbeat", "500ms", "--history-ttl", "1m", "--shards", "2"};
  options.env = offset.Environment();
  Start(options);
  constexpr auto kTenYears = std::chrono::hours(24 * 3653);
  const auto begin = Clock::now();
  const std::string first = Publish("a", "first");
  std::vector<Stream> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(Follow(i % 2 == 0 ? "/events/a" : "/events/b"));

  auto newest = IdNumbers(first);
  for (const auto jump : {kTenYears, -kTenYears, std::chrono::hours(0), -kTenYears, kTenYears}) {
    offset.Set(jump);
    const auto id = IdNumbers(Publish("b", "x"));
    EXPECT_LT(newest, id) << "ids go back";
    newest = id;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (i % 2 == 1) {
        EXPECT_EQ(streams[i].Next().data, "x");
        continue;
      }
      const std::uint64_t heard = streams[i].client.decoder().comments();
      EXPECT_TRUE(streams[i].client.WaitForComments(heard + 1, kPatience).ok());
    }
    EXPECT_EQ(Streams(), streams.size()) << "somebody was closed";
  }
  // A heartbeat comes every 375 to 500 ms, as if no clock had jumped.
  const auto due = static_cast<std::uint64_t>((Clock::now() - begin) / 375ms) + 2;
  for (std::size_t i = 0; i < streams.size(); i += 2) {
    EXPECT_LE(streams[i].client.decoder().comments(), due);
  }
  EXPECT_GT(newest.first, IdNumbers(first).first + 3'000ull * 24 * 3600 * 1000)
      << "the server did not see the clock jump";
  Stream resumed = Follow("/events/b", first);
  EXPECT_EQ(resumed.start(), "resumed") << "the history has not aged by ten years";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(resumed.Next().data, "x");
}

// A stop and what follows it: no heartbeat is made up for.
TEST_F(OperationTest, Row113_StoppedAndContinuedWithoutABurst) {
  Start({"--heartbeat", "200ms", "--stall-timeout", "1s", "--shards", "2"});
  std::vector<Stream> streams;
  for (int i = 0; i < 30; ++i) streams.push_back(Follow("/events/a"));
  for (Stream& stream : streams) {
    ASSERT_TRUE(stream.client.WaitForComments(1, kPatience).ok());
  }
  server().process().Signal(SIGSTOP);
  std::this_thread::sleep_for(4s);  // twenty heartbeats' time
  const std::uint64_t before = [&] {
    std::uint64_t sum = 0;
    for (Stream& stream : streams) {
      // What was sent before the stop.
      while (stream.client.NextEvent(1ms).ok()) {
      }
      sum += stream.client.decoder().comments();
    }
    return sum;
  }();
  const auto begin = Clock::now();
  server().process().Signal(SIGCONT);
  const std::string id = Publish("a", "on again");
  std::uint64_t after = 0;
  for (Stream& stream : streams) {
    EXPECT_EQ(stream.Next().id, id);
    EXPECT_TRUE(
        stream.client.WaitForComments(stream.client.decoder().comments() + 1, kPatience).ok());
    after += stream.client.decoder().comments();
  }
  // A heartbeat comes every 150 to 200 ms; one more at once, for the time of the stop.
  const auto due = static_cast<std::uint64_t>((Clock::now() - begin) / 150ms) + 2;
  EXPECT_LE(after - before, due * streams.size());
  EXPECT_EQ(Streams(), streams.size());
}

TEST_F(OperationTest, Row115_AThousandTerminationsAreOneDrainThatEndsWell) {
  Start({"--shards", "2", "--drain-timeout", "1m"});
  std::vector<Stream> streams;
  for (int i = 0; i < 100; ++i) streams.push_back(Follow("/events/a"));
  for (int i = 0; i < 1000; ++i) server().process().Signal(i % 2 == 0 ? SIGTERM : SIGINT);
  EXPECT_EQ(Must(server().process().Wait(kPatience)), ExitStatus{.code = 0});
  EXPECT_EQ(Count(server().log(), "draining"), 1u);
  EXPECT_LE(Count(server().log(), "stopping at once"), 1u);
  for (Stream& stream : streams) {
    EXPECT_NE(stream.client.WaitForEnd(kPatience), StreamEnd::kOpen);
    EXPECT_FALSE(stream.client.EndedMidEvent());
  }
}

TEST_F(OperationTest, Row116_AThousandHangupsWithABadFileLoseNobody) {
  const TempDir directory;
  const std::string file = directory.Write("ringcast.toml", "log-level = \"info\"\n");
  Start({"--config", file, "--shards", "2"});
  std::vector<Stream> streams;
  for (int i = 0; i < 50; ++i) streams.push_back(Follow("/events/a"));
  directory.Write("ringcast.toml", "heartbeat = \"soon\"\nno-such-option = 1\n");
  for (int i = 0; i < 1000; ++i) server().process().Signal(SIGHUP);
  EXPECT_TRUE(LogSays("reload refused"));
  EXPECT_LE(Count(server().log(), "reload refused"), 1000u);
  directory.Write("ringcast.toml", "log-level = \"warning\"\n");
  EXPECT_TRUE(Eventually([&] {
    server().process().Signal(SIGHUP);
    return Count(server().log(), "reload") > 0 && Streams() == 50;
  }));
  const std::string id = Publish("a", "x");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  EXPECT_EQ(Streams(), 50u);
}

// Row 117, of a server that keeps its history in memory: killed under load it is back at once, and
// every client is told that something is missing.
TEST_F(OperationTest, Row117_KilledUnderLoadItComesBackAndSaysWhatIsMissing) {
  Start({"--shards", "2"});
  for (int round = 0; round < 3; ++round) {
    Stream stream = Follow("/events/a");
    std::string last;
    {
      FloodOptions options;
      options.publish_socket = server().publish_socket();
      options.channels = {"a"};
      NumberFlood flood(options);
      for (int i = 0; i < 50; ++i) last = stream.Next().id;
      server().Kill();
      (void)flood.Stop();  // it has lost its server
    }
    Must(server().Restart());
    const std::string after = Publish("a", "after");
    EXPECT_LT(IdNumbers(last), IdNumbers(after)) << "ids grow across restarts";
    Stream again = Follow("/events/a", last);
    EXPECT_EQ(again.start(), "gap");
    const SseEvent gap = again.Next();
    EXPECT_EQ(gap.type, "gap");
    EXPECT_EQ(Json::Parse(gap.data)["reason"].Text(), "restart");
    EXPECT_EQ(again.Next().id, after);
  }
}

}  // namespace
}  // namespace ringcast::test
