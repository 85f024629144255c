#include "base/pulse.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(Pulse, CountsBeatsAndKeepsItsEnd) {
  Pulse pulse;
  EXPECT_EQ(pulse.beats(), 0u);
  EXPECT_FALSE(pulse.ended());
  pulse.Beat();
  pulse.Beat();
  EXPECT_EQ(pulse.beats(), 2u);
  pulse.End();
  EXPECT_TRUE(pulse.ended());
  EXPECT_EQ(pulse.beats(), 2u);
}

}  // namespace
}  // namespace ringcast
