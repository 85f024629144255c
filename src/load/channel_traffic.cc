#include "load/channel_traffic.h"

namespace ringcast {
namespace {

// Every run draws the same channels.
constexpr std::uint64_t kSeed = 1;
// A prime above any number of channels: multiplied by it, ranks are scattered and stay apart.
constexpr std::uint64_t kScatter = 4294967311;

}  // namespace

ChannelTraffic::ChannelTraffic(std::uint32_t channels, double zipf, std::uint64_t connections)
    : ranks_(channels, zipf, kSeed), connections_(connections), last_(channels, 0) {}

ChannelTraffic::Event ChannelTraffic::Next() {
  const std::uint64_t count = last_.size();
  const auto channel = static_cast<std::uint32_t>(ranks_.Next() * kScatter % count);
  if (++last_[channel] == 1) ++used_;
  const std::uint64_t subscribers = connections_ / count + (channel < connections_ % count ? 1 : 0);
  return {channel, last_[channel], subscribers};
}

}  // namespace ringcast
