// That `ringcast bench` fails when a server does wrong where it resumes or among many channels, and
// not when it does right; and that it needs nothing that only Ringcast does.
#include <gtest/gtest.h>
#include <sysexits.h>

#include "integration/bench_command.h"
#include "integration/bench_faulty_server.h"

namespace ringcast::test {
namespace {

using Fault = FaultyServer::Fault;

constexpr int kFaultsFound = 1;
constexpr int kConnections = 20;

BenchOutcome RunAgainst(const char* scenario, Fault fault, std::vector<std::string> more = {}) {
  const FaultyServer server(fault);
  const std::string path = std::string(scenario) == "channels" ? "/s/{channel}" : "/s";
  std::vector<std::string> arguments = {scenario,
                                        "--target",
                                        server.Url(path),
                                        "--publish",
                                        server.Url(path),
                                        "--connections",
                                        std::to_string(kConnections),
                                        "--drain-seconds",
                                        "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunBenchCommand(arguments);
}
BenchOutcome Replay(Fault fault) { return RunAgainst("replay", fault, {"--events", "30"}); }
BenchOutcome Storm(Fault fault) {
  return RunAgainst("storm", fault, {"--rate", "50", "--seconds", "0.5"});
}
BenchOutcome Channels(Fault fault) {
  return RunAgainst("channels", fault, {"--channels", "5", "--rate", "100", "--seconds", "0.5"});
}

TEST(BenchFaults, AServerThatDoesRightIsWell) {
  const BenchOutcome replay = Replay(Fault::kNone);
  EXPECT_EQ(replay.exit_code, EX_OK) << replay.text;
  EXPECT_EQ(replay.Number("deliveries"), kConnections * 29);
  const BenchOutcome storm = Storm(Fault::kNone);
  EXPECT_EQ(storm.exit_code, EX_OK) << storm.text;
  EXPECT_EQ(storm.Number("reconnects"), kConnections);
  const BenchOutcome channels = Channels(Fault::kNone);
  EXPECT_EQ(channels.exit_code, EX_OK) << channels.text;
  EXPECT_EQ(channels.Number("published"), 50);
  const BenchOutcome churn =
      RunAgainst("churn", Fault::kNone, {"--rate", "50", "--seconds", "0.5", "--churn", "20"});
  EXPECT_EQ(churn.exit_code, EX_OK) << churn.text;
}

TEST(BenchFaults, AnEventLostOnReplayIsFound) {
  const BenchOutcome run = Replay(Fault::kLoses);
  EXPECT_EQ(run.exit_code, kFaultsFound) << run.text;
  EXPECT_EQ(run.Number("lost"), kConnections) << run.text;
  EXPECT_EQ(run.Number("duplicated"), 0) << run.text;
  EXPECT_FALSE(run.json["ok"].GetBool());
}

TEST(BenchFaults, AnEventDoubledOnReplayIsFound) {
  const BenchOutcome run = Replay(Fault::kDoubles);
  EXPECT_EQ(run.exit_code, kFaultsFound) << run.text;
  EXPECT_EQ(run.Number("duplicated"), kConnections) << run.text;
  EXPECT_EQ(run.Number("lost"), 0) << run.text;
}

TEST(BenchFaults, AnEventLostInAStormIsFound) {
  const BenchOutcome run = Storm(Fault::kLoses);
  EXPECT_EQ(run.exit_code, kFaultsFound) << run.text;
  EXPECT_EQ(run.Number("lost"), kConnections) << run.text;
}

TEST(BenchFaults, AnEventDoubledInAStormIsFound) {
  const BenchOutcome run = Storm(Fault::kDoubles);
  EXPECT_EQ(run.exit_code, kFaultsFound) << run.text;
  EXPECT_EQ(run.Number("duplicated"), kConnections) << run.text;
}

TEST(BenchFaults, AnEventOnTheWrongChannelIsFound) {
  const BenchOutcome run = Channels(Fault::kMixes);
  EXPECT_EQ(run.exit_code, kFaultsFound) << run.text;
  EXPECT_GT(run.Number("foreign"), 0) << run.text;
  EXPECT_EQ(run.Number("lost"), 0) << run.text;
}

TEST(BenchFaults, WithoutIdsNothingCanBeResumed) {
  for (const char* scenario : {"replay", "storm"}) {
    const BenchOutcome run = RunAgainst(scenario, Fault::kNoIds);
    EXPECT_EQ(run.exit_code, EX_UNAVAILABLE) << run.text;
    EXPECT_NE(run.text.find("no id"), std::string::npos) << run.text;
  }
}

}  // namespace
}  // namespace ringcast::test
