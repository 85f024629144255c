// The simulation finds what it is for: with a kernel that makes a deliberate mistake, some oracle
// says so, or a check of the server's own ends it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>

#include "simulation/simulation.h"

namespace ringcast::simulation {
namespace {

struct Case {
  Mistake mistake;
  const char* name;
  std::uint32_t after;  // so that there are streams and events by then
  const char* finding;  // a regular expression: one of these must be said
};

void PrintTo(const Case& sabotaged, std::ostream* out) { *out << sabotaged.name; }

// The first seed that has an opportunity for the mistake; what it finds goes to standard error, and
// the process ends with 1.
[[noreturn]] void RunSabotaged(const Case& sabotaged) {
  constexpr std::uint64_t kMostSeeds = 200;
  for (std::uint64_t seed = 1; seed <= kMostSeeds; ++seed) {
    Simulation simulation(seed, {sabotaged.mistake, sabotaged.after});
    const RunResult result = simulation.Run();
    if (result.ok()) continue;
    std::fprintf(stderr, "found with seed %llu: %s\n", static_cast<unsigned long long>(seed),
                 result.violation.c_str());
    std::_Exit(1);
  }
  std::fprintf(stderr, "nothing was found\n");
  std::_Exit(0);
}

class Sabotaged : public testing::TestWithParam<Case> {};

// In a process of its own: a check of the server ends it.
TEST_P(Sabotaged, IsFound) { EXPECT_DEATH(RunSabotaged(GetParam()), GetParam().finding); }

INSTANTIATE_TEST_SUITE_P(
    Mistakes, Sabotaged,
    testing::Values(
        Case{
            Mistake::kSwallowShortSend, "AShortSendThatSaysNothing", 3,
            "found with.*(broken chunks|nobody published|was not sent|no response|not everything)"},
        Case{Mistake::kSwallowEndOfPoll, "APollThatNeverTells", 1,
             "found with.*(still held|all have left)"},
        Case{Mistake::kSwallowClose, "ACloseThatNeverCompletes", 2,
             "found with.*(still held|all have left|has no stream|something is left|a drain does "
             "not)"},
        Case{Mistake::kDuplicateReadable, "APollThatCompletesTwice", 1,
             "check failed: .*(in flight|generation)|found with.*while .* is armed"},
        Case{Mistake::kSkipBytes, "ASendThatLeavesOutBytes", 1,
             "found with.*(broken chunks|nobody published|no response|wrong start|doubled|clients "
             "stumble over)"},
        Case{Mistake::kRepeatSend, "ASendThatGoesOutTwice", 20,
             "found with.*(doubled|broken chunks|wrong start|nobody published)"},
        Case{Mistake::kInsertHeartbeat, "AHeartbeatWithinAnEvent", 30,
             "found with.*(broken chunks|nobody published|in the middle)"},
        Case{Mistake::kKeepBuffer, "ABufferThatIsNotGivenBack", 5,
             "found with.*(buffers out|something is left|not everything)"},
        Case{Mistake::kStaleAddress, "AnAcceptThatLeavesTheAddressBefore", 3,
             "found with.*(more streams than its limit|has no stream|all have left)"},
        Case{Mistake::kCountNobody, "AnAddressThatIsCountedForNobody", 2,
             "found with.*(has no stream|although all have left)"},
        Case{Mistake::kKeepPassedOn, "AConnectionThatTwoShardsHold", 0,
             "check failed|found with.*(more streams than its capacity|broken|refused|incoming)"},
        Case{Mistake::kNeverWait, "AWaitThatEndsAtOnce", 10, "found with.* spins"},
        Case{Mistake::kNoBufferEver, "ABufferThatThereNeverIs", 0, "found with.* spins"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Simulation, TheSameSeedDoesTheSame) {
  for (const std::uint64_t seed : {3u, 11u, 40u}) {
    const RunResult first = Simulation(seed).Run();
    const RunResult second = Simulation(seed).Run();
    EXPECT_EQ(first.violation, "");
    EXPECT_EQ(first.digest, second.digest);
    EXPECT_EQ(first.steps, second.steps);
    EXPECT_EQ(first.faults, second.faults);
    EXPECT_EQ(first.received, second.received);
  }
  EXPECT_NE(Simulation(3).Run().digest, Simulation(11).Run().digest);
}

}  // namespace
}  // namespace ringcast::simulation
