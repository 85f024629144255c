// Each scenario of `ringcast bench` against the daemon: nothing is lost, and the report says what
// it is there to say.
#include <gtest/gtest.h>
#include <sysexits.h>

#include "integration/bench_command.h"
#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

// Few enough that a busy machine keeps up: whoever falls behind is cut, and rightly so.
constexpr int kConnections = 500;

class BenchScenariosTest : public DaemonTest {
 protected:
  // Against the daemon that was started. It must end well.
  BenchOutcome Measure(const std::string& scenario, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        scenario,
        "--target",
        "http://127.0.0.1:" + std::to_string(server().port()) + "/events/bench",
        "--connections",
        std::to_string(kConnections),
        "--server-pid",
        std::to_string(server().process().pid())};
    if (scenario != "hold") {
      arguments.insert(arguments.end(), {"--publish", "unix:" + server().publish_socket()});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    BenchOutcome outcome = RunBenchCommand(arguments);
    EXPECT_EQ(outcome.exit_code, EX_OK) << outcome.text;
    if (!outcome.json.IsObject()) throw std::runtime_error("no report\n" + outcome.text);
    EXPECT_TRUE(outcome.json["ok"].GetBool()) << outcome.text;
    EXPECT_EQ(outcome.Number("connections"), kConnections);
    for (const char* fault : {"lost", "duplicated", "reordered", "foreign", "streams_ended"}) {
      EXPECT_EQ(outcome.Number(fault), 0) << fault << "\n" << outcome.text;
    }
    EXPECT_GT(outcome.Number("connect_ms", "p50"), 0);
    EXPECT_GE(outcome.Number("connect_ms", "max"), outcome.Number("connect_ms", "p50"));
    EXPECT_TRUE(outcome.json.HasMember("generator_was_limit"));
    return outcome;
  }
};

TEST_F(BenchScenariosTest, HoldCountsHeartbeatsAndCpuTime) {
  Start({"--heartbeat", "1s"});
  const BenchOutcome run = Measure("hold", {"--quiet", "2.2"});
  EXPECT_GE(run.Number("quiet_seconds"), 2.2);
  EXPECT_GE(run.Number("quiet_comments"), kConnections) << run.text;
  EXPECT_GE(run.Number("quiet_server_cpu_percent"), 0);
  EXPECT_EQ(run.Number("seconds"), run.Number("quiet_seconds"));
}

TEST_F(BenchScenariosTest, FanoutHoldsStillFirst) {
  Start();
  const BenchOutcome run = Measure("fanout", {"--quiet", "0.5", "--rate", "30", "--seconds", "1"});
  EXPECT_GE(run.Number("quiet_seconds"), 0.5);
  EXPECT_EQ(run.Number("published"), 30);
  EXPECT_EQ(run.Number("deliveries"), 30 * kConnections);
  EXPECT_EQ(run.Number("completion_events"), 30);
  EXPECT_GE(run.Number("completion_ms", "max"), run.Number("latency_ms", "p50"));
  EXPECT_EQ(run.Number("completion_ms", "max"), run.Number("latency_ms", "max"));
  EXPECT_EQ(run.Number("latency_ms", "p999"), run.Number("latency_ms", "p99_9"));
}

TEST_F(BenchScenariosTest, ReplayServesAllFromHistory) {
  Start();
  const BenchOutcome run = Measure("replay", {"--events", "60"});
  EXPECT_EQ(run.Number("events"), 60);
  EXPECT_EQ(run.Number("deliveries"), 59 * kConnections) << run.text;
  EXPECT_GT(run.Number("replay_seconds"), 0);
  EXPECT_GE(run.Number("server_cpu_us_per_delivery"), 0);
  EXPECT_FALSE(run.json.HasMember("live"));
  EXPECT_FALSE(run.json.HasMember("latency_ms")) << "an old event's age is no latency";
}

TEST_F(BenchScenariosTest, ReplayWatchesThoseThatWereThere) {
  Start();
  const BenchOutcome run =
      Measure("replay", {"--events", "60", "--live", "100", "--rate", "20", "--seconds", "1"});
  EXPECT_GE(run.Number("deliveries"), 59 * kConnections);
  EXPECT_EQ(run.Number("live"), 100);
  EXPECT_EQ(run.Number("live_deliveries"), 100 * run.Number("published"));
  EXPECT_GT(run.Number("published"), 60 + 15);
  EXPECT_GT(run.Number("latency_before_ms", "p99"), 0);
}

// Live events go on coming to those who are served; they must not keep a run alive that waits for
// somebody who never is.
TEST_F(BenchScenariosTest, ReplayEndsAlthoughSomeAreTurnedAway) {
  Start({"--max-connections", "60"});
  const BenchOutcome run = RunBenchCommand(
      {"replay", "--target", "http://127.0.0.1:" + std::to_string(server().port()) + "/events/x",
       "--publish", "unix:" + server().publish_socket(), "--connections", "50", "--live", "30",
       "--events", "20", "--rate", "20", "--seconds", "1", "--drain-seconds", "1"});
  EXPECT_EQ(run.exit_code, 1) << run.text;
  EXPECT_GE(run.Number("streams_ended"), 20) << run.text;
  EXPECT_GE(run.Number("lost"), 20 * 19) << run.text;
}

TEST_F(BenchScenariosTest, ReplayBeyondTheHistoryIsToldAndFails) {
  Start({"--history-events", "20"});
  const BenchOutcome run = RunBenchCommand(
      {"replay", "--target", "http://127.0.0.1:" + std::to_string(server().port()) + "/events/x",
       "--publish", "unix:" + server().publish_socket(), "--connections", "10", "--events", "60",
       "--drain-seconds", "1"});
  EXPECT_EQ(run.exit_code, 1) << run.text;
  EXPECT_EQ(run.Number("lost"), 0) << run.text;
  EXPECT_EQ(run.Number("gaps_told"), 10) << run.text;
}

TEST_F(BenchScenariosTest, ChurnReplacesConnections) {
  Start();
  const BenchOutcome run = Measure("churn", {"--churn", "300", "--rate", "50", "--seconds", "2"});
  EXPECT_EQ(run.Number("churn_rate"), 300);
  EXPECT_GE(run.Number("reconnects"), 200) << run.text;
  EXPECT_LE(run.Number("reconnects"), 700) << run.text;
  EXPECT_GT(run.Number("reconnect_ms", "p50"), 0);
  EXPECT_GT(run.Number("deliveries"), 0);
  EXPECT_TRUE(run.json.HasMember("user_growth_bytes"));
}

TEST_F(BenchScenariosTest, StormBringsAllBackWithoutLoss) {
  Start();
  const BenchOutcome run = Measure("storm", {"--rate", "100", "--seconds", "0.5"});
  EXPECT_EQ(run.Number("reconnects"), kConnections);
  EXPECT_GT(run.Number("storm_seconds"), 0);
  EXPECT_GT(run.Number("reconnects_per_s"), 0);
  EXPECT_GT(run.Number("reconnect_ms", "max"), 0);
  EXPECT_EQ(run.Number("deliveries"), run.Number("published") * kConnections) << run.text;
  EXPECT_GT(run.Number("latency_before_ms", "p50"), 0);
}

TEST_F(BenchScenariosTest, ChannelsAtARate) {
  Start();
  const BenchOutcome run =
      Measure("channels", {"--channels", "300", "--rate", "500", "--seconds", "1"});
  EXPECT_EQ(run.Number("published"), 500);
  EXPECT_EQ(run.Number("channels"), 300);
  EXPECT_GT(run.Number("channels_published"), 50);
  EXPECT_LT(run.Number("channels_published"), 300) << "Zipf's law leaves many without";
  EXPECT_GE(run.Number("deliveries"), 500) << "each channel has a subscriber";
}

TEST_F(BenchScenariosTest, ChannelsAsFastAsTheyPass) {
  Start();
  const BenchOutcome run =
      Measure("channels", {"--channels", "500", "--rate", "0", "--seconds", "0.5", "--zipf", "0"});
  EXPECT_EQ(run.Number("channels_published"), 500);
  EXPECT_EQ(run.Number("deliveries"), run.Number("published"));
}

TEST_F(BenchScenariosTest, SlowReadersAreCountedAndTheOthersServed) {
  Start({"--stall-timeout", "2s"});
  const std::vector<std::string> load = {"--payload", "8000", "--rate", "20", "--seconds", "4"};
  std::vector<std::string> half = load;
  half.insert(half.end(), {"--slow-share", "0.1"});
  const BenchOutcome run = Measure("slow", half);
  EXPECT_EQ(run.Number("slow_readers"), kConnections / 10);
  EXPECT_EQ(run.Number("slow_ended"), kConnections / 10) << run.text;
  EXPECT_EQ(run.Number("published"), 80);
  EXPECT_EQ(run.Number("deliveries"), 80 * kConnections * 9 / 10);
  EXPECT_TRUE(run.json.HasMember("user_growth_bytes"));
}

TEST_F(BenchScenariosTest, WithoutSlowReadersAllAreServed) {
  Start();
  const BenchOutcome run =
      Measure("slow", {"--slow-share", "0", "--rate", "50", "--seconds", "0.5"});
  EXPECT_EQ(run.Number("slow_readers"), 0);
  EXPECT_EQ(run.Number("deliveries"), 25 * kConnections);
}

TEST(BenchCommand, AnOptionOfAnotherScenarioIsRefused) {
  const BenchOutcome run = RunBenchCommand({"hold", "--events", "5"});
  EXPECT_EQ(run.exit_code, EX_USAGE);
  EXPECT_NE(run.text.find("--events means nothing to hold"), std::string::npos) << run.text;
}

}  // namespace
}  // namespace ringcast::test
