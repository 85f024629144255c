#include "load/option_rules.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

constexpr Scenario kAll[] = {Scenario::kHold,     Scenario::kFanout, Scenario::kSaturate,
                             Scenario::kReplay,   Scenario::kChurn,  Scenario::kStorm,
                             Scenario::kChannels, Scenario::kSlow};

BenchOptions Options(Scenario scenario, std::vector<std::string> given = {}) {
  BenchOptions options{.scenario = scenario};
  if (scenario != Scenario::kHold) options.publish = "unix:/x.sock";
  options.given = std::move(given);
  return options;
}

bool Says(const BenchOptions& options, const std::string& part) {
  return Misuse(options).find(part) != std::string::npos;
}

TEST(OptionRules, DefaultsSuitEveryScenario) {
  for (const Scenario scenario : kAll) EXPECT_EQ(Misuse(Options(scenario)), "") << Name(scenario);
}

TEST(OptionRules, AnOptionOfAnotherScenarioIsRefusedByName) {
  EXPECT_EQ(Misuse(Options(Scenario::kStorm, {"--events"})),
            "--events means nothing to storm: it is for replay");
  EXPECT_EQ(Misuse(Options(Scenario::kHold, {"--target", "--rate"})),
            "--rate means nothing to hold: it is for fanout, replay, churn, storm, channels and "
            "slow");
  EXPECT_EQ(Misuse(Options(Scenario::kChurn, {"--quiet"})),
            "--quiet means nothing to churn: it is for hold and fanout");
  for (const Scenario scenario : kAll) {
    EXPECT_EQ(Misuse(Options(scenario, {"--zipf"})).empty(), scenario == Scenario::kChannels);
    EXPECT_EQ(Misuse(Options(scenario, {"--connect-rate"})).empty(), scenario != Scenario::kReplay);
    EXPECT_EQ(Misuse(Options(scenario, {"--payload", "--seconds", "--json"})), "");
  }
}

TEST(OptionRules, ValuesMustMakeSense) {
  for (const Scenario scenario : kAll) {
    BenchOptions options = Options(scenario);
    options.connections = 0;
    EXPECT_TRUE(Says(options, "--connections")) << Name(scenario);
    options = Options(scenario);
    options.seconds = 0;
    EXPECT_TRUE(Says(options, "--seconds")) << Name(scenario);
    options = Options(scenario);
    options.payload_bytes = 10;
    EXPECT_TRUE(Says(options, "--payload")) << Name(scenario);
    options = Options(scenario);
    options.rate = 0;
    const bool needs_rate = scenario == Scenario::kFanout || scenario == Scenario::kChurn ||
                            scenario == Scenario::kStorm || scenario == Scenario::kSlow;
    EXPECT_EQ(Says(options, "--rate"), needs_rate) << Name(scenario);
    options = Options(scenario);
    options.publish = "none";
    const bool may_watch = scenario == Scenario::kHold || scenario == Scenario::kFanout ||
                           scenario == Scenario::kSaturate || scenario == Scenario::kReplay;
    EXPECT_EQ(Misuse(options).empty(), may_watch) << Name(scenario);
  }
  BenchOptions hold = Options(Scenario::kHold);
  hold.publish = "unix:/x.sock";
  EXPECT_TRUE(Says(hold, "--publish"));
}

TEST(OptionRules, OfReplay) {
  BenchOptions options = Options(Scenario::kReplay, {"--rate"});
  EXPECT_TRUE(Says(options, "--live"));
  options.live_connections = 5;
  EXPECT_EQ(Misuse(options), "");
  options.rate = 0;
  EXPECT_TRUE(Says(options, "--rate"));
  options = Options(Scenario::kReplay);
  options.publish = "none";
  EXPECT_EQ(Misuse(options), "") << "a target may have events of its own";
  options.live_connections = 5;
  EXPECT_TRUE(Says(options, "--publish"));
  options = Options(Scenario::kReplay);
  options.replay_events = 1;
  EXPECT_TRUE(Says(options, "--events"));
}

TEST(OptionRules, OfChannels) {
  BenchOptions options = Options(Scenario::kChannels);
  options.channels = 0;
  EXPECT_TRUE(Says(options, "--channels"));
  options = Options(Scenario::kChannels);
  options.payload_bytes = 70;
  EXPECT_TRUE(Says(options, "--payload must be at least 75"));
  options = Options(Scenario::kChannels);
  options.publish = "http://h/pub";
  EXPECT_TRUE(Says(options, "{channel}"));
  options.publish = "http://h/pub?id={channel}";
  EXPECT_EQ(Misuse(options), "");
}

TEST(OptionRules, SomeoneHasToRead) {
  BenchOptions options = Options(Scenario::kSlow);
  options.slow_share = 1;
  EXPECT_TRUE(Says(options, "--slow-share"));
  options.slow_share = 0;
  EXPECT_EQ(Misuse(options), "");
}

}  // namespace
}  // namespace ringcast
