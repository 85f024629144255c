#include "load/channel_traffic.h"

#include <gtest/gtest.h>

#include <map>

namespace ringcast {
namespace {

TEST(ChannelTraffic, CountsOnEachChannelByItself) {
  ChannelTraffic traffic(100, 1, 1000);
  std::map<std::uint32_t, std::uint64_t> last;
  for (int i = 0; i < 10'000; ++i) {
    const ChannelTraffic::Event event = traffic.Next();
    ASSERT_LT(event.channel, 100u);
    EXPECT_EQ(event.seq, ++last[event.channel]);
    EXPECT_EQ(event.subscribers, 10u);
  }
  EXPECT_EQ(traffic.used(), last.size());
  for (const auto& [channel, seq] : last) EXPECT_EQ(traffic.last(channel), seq);
}

TEST(ChannelTraffic, ScattersThePopularOnesAndReachesAll) {
  ChannelTraffic traffic(1000, 0, 1000);
  for (int i = 0; i < 20'000; ++i) traffic.Next();
  EXPECT_EQ(traffic.used(), 1000u) << "every rank has a channel of its own";
}

TEST(ChannelTraffic, KnowsWhoIsToGetAnEvent) {
  // Subscribers 0 to 6 on channels 0 1 2 0 1 2 0.
  ChannelTraffic traffic(3, 0, 7);
  for (int i = 0; i < 100; ++i) {
    const ChannelTraffic::Event event = traffic.Next();
    EXPECT_EQ(event.subscribers, event.channel == 0 ? 3u : 2u);
  }
  ChannelTraffic sparse(10, 0, 4);
  for (int i = 0; i < 100; ++i) {
    const ChannelTraffic::Event event = sparse.Next();
    EXPECT_EQ(event.subscribers, event.channel < 4 ? 1u : 0u);
  }
}

}  // namespace
}  // namespace ringcast
