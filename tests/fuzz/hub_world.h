// Everything around a ChannelDirectory in the hub's fuzz target: publishers, shards with readers,
// clocks that jump, and what must hold of histories and memory at any time.
//
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/hub_shard.h"
#include "fuzz/hub_story.h"
#include "hub/channel_directory.h"

namespace ringcast::test {

class HubWorld {
 public:
  static constexpr unsigned kShards = 2;

  // One of a few histories.
  explicit HubWorld(std::uint8_t history);

  HubShard& shard(std::uint8_t choice) { return *shards_[choice % kShards]; }
  // The first two share a bucket of Forgotten; the third does not.
  static const std::string& Name(std::uint8_t choice);

  // An event whose size and line breaks are chosen by two bytes.
  void Publish(const std::string& name, std::uint8_t size, std::uint8_t shape);
  // A stream with some of the channels, fresh or with an id: one that was seen or an odd one.
  void Subscribe(HubShard& shard, std::uint8_t names, bool bare, std::uint8_t id);
  void ReadAll(HubShard& shard, std::size_t stream);
  void Close(HubShard& shard, std::size_t stream);
  void Commit();
  void Tell(HubShard& shard, int messages);
  void PassTime(std::uint32_t ticks, std::uint64_t forward, std::uint64_t back, bool expire);
  void Delete(const std::string& name);
  void Create(const std::string& name, std::uint8_t settings);
  // Every message arrives.
  void Settle();

  // What is kept is the newest part of what was published, no more than the limits allow, and all
  // that they allow.
  void CheckHistory(const std::string& name);
  // The shards see what was told, so that it is clear whose each name is; no more.
  void Stop();
  // Everything arrives and is read; then all leave and what is kept is deleted.
  void Finish();

 private:
  void Remember(const std::string& id);
  void Expire();
  bool IsThere(const std::string& name) const;
  void CheckExpired();
  void CheckNothingHeldInVain();
  void CheckNobodyIsRefused();

  const HistoryLimits history_;
  const IdScheme scheme_;
  std::uint32_t tick_ = 1;
  UnixMillis wall_;
  std::uint64_t published_ = 0;
  std::vector<std::string> ids_;  // that a client may come back with
  std::map<std::string, Sequence> deleted_up_to_;
  Story story_;
  ChannelDirectory directory_;
  std::vector<std::unique_ptr<HubShard>> shards_;
};

}  // namespace ringcast::test
