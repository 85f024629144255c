// The memory of all histories together: the oldest events of all channels go first.
#include <gtest/gtest.h>

#include <string>

#include "hub/channel_directory.h"
#include "hub/simulated_shard.h"
#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

using test::SimulatedShard;

class HistoryMemory : public testing::Test {
 protected:
  void Start(HistoryLimits history, unsigned shards = 1) {
    directory = std::make_unique<ChannelDirectory>(kScheme, kKey, history, shards, 1u);
  }
  bool Publish(const std::string& channel, std::size_t bytes) {
    const std::string data(bytes, 'x');
    const Event event{"", data};
    ChannelDirectory::Published published;
    if (!directory->Publish(channel, event, {kStart, 1, 1}, published)) return false;
    const FrameSize size = MeasureFrame(published.id, event);
    std::string frame(size.frame, '\0');
    EncodeFrame(published.id, event, size, frame.data());
    all[channel].push_back({directory->newest(), frame});
    return true;
  }
  std::uint32_t KeptOf(const std::string& channel) const {
    ChannelInfo info;
    return directory->Describe(channel, info) ? info.kept_events : 0;
  }
  void Deliver(SimulatedShard& shard) {
    directory->CollectChanges();
    shard.TakeOutbox(directory->newest());
    shard.DrainLane();
  }

  static constexpr std::uint64_t kBlock = 2048;  // of one event of 1000 bytes
  static constexpr UnixMillis kStart = 1'700'000'000'000;
  static constexpr HashKey kKey{1, 2};
  const IdScheme kScheme{kStart, 0x77};
  test::PublishedEvents all;
  std::unique_ptr<ChannelDirectory> directory;
};

TEST_F(HistoryMemory, NothingGoesWithinTheLimit) {
  Start({.memory = 60 * kBlock});
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Publish("c" + std::to_string(i), 1000));
  directory->CollectChanges();
  EXPECT_EQ(directory->channel_count(), 60u);
  EXPECT_EQ(directory->given_up_events(), 0u);
}

TEST_F(HistoryMemory, TheOldestEventsOfAllChannelsGoFirst) {
  constexpr std::uint64_t kMemory = 50 * kBlock;
  Start({.memory = kMemory});
  constexpr int kChannels = 1000;
  for (int i = 0; i < kChannels; ++i) {
    ASSERT_TRUE(Publish("c" + std::to_string(i), 1000));
    ASSERT_LE(directory->log_bytes(), kMemory);
    directory->CollectChanges();
  }
  const std::size_t left = directory->channel_count();
  EXPECT_EQ(left, kMemory / kBlock) << "no more than needed";
  EXPECT_EQ(directory->given_up_events(), kChannels - left);
  for (std::size_t i = 0; i < kChannels; ++i) {
    EXPECT_EQ(KeptOf("c" + std::to_string(i)), i < kChannels - left ? 0u : 1u) << i;
  }
}

// Each channel has its own bound too; one that is busy does not push out those that are not.
TEST_F(HistoryMemory, ABusyChannelTakesNoMoreThanItsShare) {
  Start({.events = 20, .memory = 50 * kBlock + 3 * SegmentPool::kLargestBlock});
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Publish("quiet" + std::to_string(i), 1000));
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(Publish("busy", 1000));
    directory->CollectChanges();
  }
  EXPECT_EQ(KeptOf("busy"), 20u);
  EXPECT_EQ(KeptOf("quiet0"), 1u);
}

TEST_F(HistoryMemory, WhoComesBackIsToldWhatWasDropped) {
  Start({.memory = 10 * 1024});
  ASSERT_TRUE(Publish("a", 100));
  const Sequence seen = directory->newest();
  ASSERT_TRUE(Publish("a", 100));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Publish("b", 1000));
  directory->CollectChanges();
  ASSERT_EQ(KeptOf("a"), 0u);
  SimulatedShard shard(0, *directory, kScheme, all);
  shard.Open("a", seen);
  while (shard.TellOne()) {
  }
  Deliver(shard);
  EXPECT_EQ(shard.gaps(), 1u);
  shard.Leave("a");
  while (shard.TellOne()) {
  }
}

TEST_F(HistoryMemory, WhatShardsHoldCountsAndPublishersWaitForIt) {
  constexpr std::uint64_t kMemory = 32 * 1024;
  constexpr std::uint64_t kSlack = 16 * 1024;
  Start({.memory = kMemory, .memory_slack = kSlack});
  SimulatedShard shard(0, *directory, kScheme, all);
  constexpr int kChannels = 40;
  auto name = [](int i) { return "c" + std::to_string(i); };
  for (int i = 0; i < kChannels; ++i) shard.Open(name(i), std::nullopt);
  while (shard.TellOne()) {
  }
  Deliver(shard);
  // The shard hears of nothing: what is given up stays where it is.
  int published = 0;
  while (published < 1000 && Publish(name(published % kChannels), 1000)) ++published;
  ASSERT_LT(published, 1000) << "it must end somewhere";
  EXPECT_LE(directory->log_bytes(), kMemory + kSlack + 2048);
  EXPECT_GT(directory->given_up_events(), 0u);
  EXPECT_FALSE(directory->TakeRelieved());
  EXPECT_FALSE(Publish("another", 1000)) << "whatever the channel";

  Deliver(shard);
  for (int i = 0; i < kChannels; ++i) {
    shard.Read(name(i), UINT64_MAX / 2);
    shard.Progress(name(i));
  }
  while (shard.TellOne()) {
  }
  EXPECT_LE(directory->log_bytes(), kMemory);
  EXPECT_TRUE(directory->TakeRelieved());
  EXPECT_TRUE(Publish("another", 1000));
  for (int i = 0; i < kChannels; ++i) shard.Leave(name(i));
  while (shard.TellOne()) {
  }
}

// A shard that has not said a word is not told of more channels in one batch than its lane takes.
TEST_F(HistoryMemory, OneLargeEventPushesOutManyChannelsInSeveralBatches) {
  constexpr std::uint64_t kMemory = 2 * 1024 * 1024;
  Start({.bytes = 2 * kMemory, .memory = kMemory});
  SimulatedShard shard(0, *directory, kScheme, all);
  constexpr int kChannels = 3000;
  auto name = [](int i) { return "c" + std::to_string(i); };
  for (int i = 0; i < kChannels; ++i) {
    shard.Open(name(i), std::nullopt);
    ASSERT_TRUE(shard.TellOne());
    Deliver(shard);
    ASSERT_TRUE(Publish(name(i), 200));
    Deliver(shard);
    shard.Read(name(i), UINT64_MAX / 2);
  }
  ASSERT_EQ(directory->given_up_events(), 0u);
  ASSERT_TRUE(Publish("large", 1'800'000));
  for (int batch = 0; batch < 20; ++batch) {
    EXPECT_LE(directory->pending_entries(), budget::kLaneEntries);
    Deliver(shard);
    for (int i = 0; i < kChannels; ++i) shard.Progress(name(i));
    while (shard.TellOne()) {
    }
    directory->Expire(1);
  }
  EXPECT_LE(directory->log_bytes(), kMemory);
  EXPECT_EQ(KeptOf("large"), 1u);
  EXPECT_EQ(KeptOf(name(0)), 0u);
  EXPECT_EQ(KeptOf(name(kChannels - 1)), 1u);
  for (int i = 0; i < kChannels; ++i) shard.Leave(name(i));
  while (shard.TellOne()) {
  }
}

}  // namespace
}  // namespace ringcast
