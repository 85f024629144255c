#include "uring/bell.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

namespace ringcast {
namespace {

bool Rings(const Bell& bell, int at_most_ms = 0) {
  pollfd polled{bell.descriptor(), POLLIN, 0};
  return ::poll(&polled, 1, at_most_ms) == 1;
}

TEST(Bell, RingsUntilItIsSilenced) {
  const Bell bell;
  EXPECT_FALSE(Rings(bell));
  bell.Silence();
  bell.Ring();
  bell.Ring();
  EXPECT_TRUE(Rings(bell));
  EXPECT_TRUE(Rings(bell));
  bell.Silence();
  EXPECT_FALSE(Rings(bell)) << "however often it was rung";
}

TEST(Bell, IsHeardOnAnotherThread) {
  const Bell bell;
  std::thread ringer([&bell] { bell.Ring(); });
  EXPECT_TRUE(Rings(bell, 60'000));
  ringer.join();
}

}  // namespace
}  // namespace ringcast
