// What a channel costs that has a subscriber and no history, on both sides of the lane.
#include <gtest/gtest.h>

#include <string>

#include "base/hash_index.h"
#include "base/slab.h"
#include "hub/channel_directory.h"
#include "shard/connection.h"
#include "shard/shard_channel.h"

namespace ringcast {
namespace {

constexpr std::uint32_t kChannels = 100'000;
constexpr HashKey kKey{5, 6};

TEST(ChannelMemory, ASubscribedChannelWithoutHistoryCostsLittle) {
  ChannelDirectory directory(IdScheme(1'700'000'000'000, 1), kKey, {.events = 0}, 1, 1);
  const std::size_t before = directory.bytes();
  // The shard's own tables, filled as a shard fills them.
  Slab<ShardChannel> channels;
  HashIndex names;
  for (std::uint32_t i = 0; i < kChannels; ++i) {
    const std::uint32_t index = channels.Allocate();
    channels[index].name = ChannelNameBlock::Make("channel/" + std::to_string(i));
    names.Insert(SipHash13(kKey, channels[index].name->view()), index);
    ToSequencer interest;
    interest.kind = ToSequencer::Kind::kInterest;
    interest.count = 1;
    interest.ours = {index, 1};
    interest.name = channels[index].name;
    directory.Receive(0, interest);
    directory.CollectChanges();
    directory.ClearOutbox(0);
  }
  ASSERT_EQ(directory.channel_count(), kChannels);
  const double sequencer = static_cast<double>(directory.bytes() - before) / kChannels;
  const double shard = static_cast<double>(channels.bytes() + names.bytes()) / kChannels;
  RecordProperty("sequencer_bytes", std::to_string(sequencer));
  RecordProperty("shard_bytes", std::to_string(shard));
  EXPECT_LE(sequencer + shard, 256) << sequencer << " and " << shard;
}

TEST(ChannelMemory, AnIdleStreamIsOneCacheLine) {
  EXPECT_EQ(sizeof(Connection), 64u);
  EXPECT_LE(sizeof(ExtraSubscription), 32u) << "each further channel of a stream";
}

}  // namespace
}  // namespace ringcast
