#include "load/channel_names.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(ChannelNames, StandWhereThePlaceIs) {
  EXPECT_TRUE(HasChannelPlace("/sub/{channel}"));
  EXPECT_FALSE(HasChannelPlace("/sub/{chan}"));
  EXPECT_EQ(ChannelName("bench", 17), "bench.17");
  EXPECT_EQ(WithChannel("{channel}-{channel}.", "a"), "a-a.");
  EXPECT_EQ(WithChannel("none", "a"), "none");
  EXPECT_EQ(WithChannel("", "a"), "");
}

TEST(ChannelPath, TakesTheNameAtItsPlace) {
  EXPECT_EQ(ChannelPath("/sub/{channel}?a=b", "room").Path(3), "/sub/room.3?a=b");
  EXPECT_EQ(ChannelPath("/sub?id={channel}", "room").Path(0), "/sub?id=room.0");
}

TEST(ChannelPath, TakesTheNumberBehindAPathWithoutAPlace) {
  EXPECT_EQ(ChannelPath("/events/bench", "bench").Path(17), "/events/bench.17");
  EXPECT_EQ(ChannelPath("/events/bench?x=1", "other").Path(17), "/events/bench.17?x=1");
}

}  // namespace
}  // namespace ringcast
