#include "uring/ring_trial.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "uring/server_operations.h"

namespace ringcast {
namespace {

// Where this test runs Ringcast runs, so all of it must work: a step that fails is a mistake of the
// trial.
TEST(RingTrial, EverythingInUseIsTriedAndWorks) {
  const RingTrial trial = TryRing();
  ASSERT_EQ(trial.setup_error, 0);
  std::set<std::string_view> features;
  for (const RingTrial::Step& step : trial.steps) {
    EXPECT_EQ(step.problem, "") << step.feature;
    EXPECT_FALSE(step.since.empty()) << step.feature;
    features.insert(step.feature);
  }
  EXPECT_EQ(features.size(), trial.steps.size()) << "each is tried once";
  for (const ServerOperation& operation : kServerOperations) {
    EXPECT_TRUE(features.contains(operation.name)) << operation.name;
  }
  for (const char* feature :
       {"io_uring_enter", "set-up flag DEFER_TASKRUN", "ring of provided buffers",
        "restricted ring with a table of direct descriptors",
        "multishot accept into a direct descriptor",
        "MSG_RING that hands a connection to another ring", "MSG_RING that wakes another ring",
        "send that posts nothing when all went out", "one-shot accept into a direct descriptor"}) {
    EXPECT_TRUE(features.contains(feature)) << feature;
  }
}

TEST(RingTrial, CanBeMadeAgainAndAgain) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(TryRing().steps.size(), TryRing().steps.size());
}

}  // namespace
}  // namespace ringcast
