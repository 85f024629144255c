// A directory with two shards that are the test itself: it tells the directory what shards tell,
// and reads what they would be told.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "hub/channel_directory.h"

namespace ringcast::test {

inline constexpr UnixMillis kStart = 1'700'000'000'000;

class ChannelDirectoryTest : public testing::Test {
 protected:
  explicit ChannelDirectoryTest(HistoryLimits history = {.events = 3, .ticks = 100})
      : directory_(scheme_, HashKey{3, 4}, history, 2, 1) {}

  ChannelDirectory::Published Publish(const std::string& name, const std::string& data,
                                      std::uint32_t tick = 1) {
    ChannelDirectory::Published published;
    EXPECT_TRUE(directory_.Publish(name, {"", data}, {kStart, tick, 1}, published));
    return published;
  }

  // A shard's message, and what it is answered.
  std::vector<ToShard> Tell(unsigned shard, const ToSequencer& message) {
    directory_.Receive(shard, message);
    return Collect(shard);
  }
  std::vector<ToShard> Collect(unsigned shard) {
    directory_.CollectChanges();
    std::vector<ToShard> messages = directory_.outbox(shard);
    directory_.ClearOutbox(shard);
    return messages;
  }
  static ToSequencer Interest(const std::string& name, std::uint32_t index) {
    ToSequencer message;
    message.kind = ToSequencer::Kind::kInterest;
    message.ours = {index, 7};
    message.count = 1;
    message.name = ChannelNameBlock::Make(name);
    return message;
  }
  static ToSequencer About(ToSequencer::Kind kind, ChannelHandle channel) {
    ToSequencer message;
    message.kind = kind;
    message.channel = channel;
    return message;
  }
  ChannelInfo InfoOf(const std::string& name) const {
    ChannelInfo info;
    EXPECT_TRUE(directory_.Describe(name, info)) << name;
    return info;
  }

  const IdScheme scheme_{kStart, 0x777};
  ChannelDirectory directory_;
};

}  // namespace ringcast::test
