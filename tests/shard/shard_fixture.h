// One shard on the test's own thread, with a real listener and real sockets. The test plays the
// sequencer: it owns the channel directory and moves messages between it and the shard's lanes.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/address_limits.h"
#include "hub/channel_directory.h"
#include "shard/scripted_ring.h"
#include "shard/shard.h"
#include "shard/stream_client.h"
#include "uring/listener.h"

namespace ringcast::test {

class ShardFixture : public testing::Test {
 protected:
  static constexpr UnixMillis kStart = 1'700'000'000'000;

  // Change `options` and `history` first.
  void Start(std::uint64_t connections_per_address = 0);

  // One tick of the shard, then what it and the directory have to tell one another.
  void Tick();
  // Ticks until it is so; fails after ten seconds.
  void TickUntil(const std::function<bool()>& so);
  // Lets simulated time pass in steps of a tick.
  void Pass(Millis time);
  void Exchange();
  // The directory's messages stay with it until this is called with false.
  void HoldLane(bool hold) { lane_held_ = hold; }

  // As a publisher does: while the channel takes nothing, simulated time passes.
  EventId Publish(const std::string& channel, const std::string& data,
                  const std::string& type = "");
  std::string IdText(EventId id) const;

  // A subscriber that has had its response and the first event.
  std::unique_ptr<StreamClient> Subscribe(const std::string& target, const std::string& fields = "",
                                          const std::string& version = "HTTP/1.1");
  std::unique_ptr<StreamClient> Connect();
  // Ticks until the client has had so many published events.
  void WaitForMessages(StreamClient& client, std::size_t count);
  void WaitForEnd(StreamClient& client);

  ShardStats& stats() { return public_.stats; }
  // Posts the settings of `options`, and ticks until the shard runs with them.
  void Settle();
  Mailbox<ShardSettings>& settings() { return public_.settings; }
  std::uint64_t Closed(CloseReason reason) {
    return stats().closed[static_cast<std::size_t>(reason)].Get();
  }

  ShardOptions options;
  HistoryLimits history;
  std::uint32_t slots = 1024;
  std::size_t lane_entries = budget::kLaneEntries;
  std::string unix_path;  // listens there in place of a TCP port
  UniqueFd listener;
  std::uint16_t port = 0;
  RunControl control;
  std::unique_ptr<ScriptedRing> ring;
  std::unique_ptr<ShardLanes> lanes;
  std::unique_ptr<AddressLimits> addresses;
  std::unique_ptr<ChannelDirectory> directory;
  std::unique_ptr<Shard<ScriptedRing>> shard;
  bool running = true;  // as the last tick said

 private:
  std::uint32_t DirectoryTick() const;

  ShardPublic public_;
  MonoTime start_;
  bool lane_held_ = false;
};

}  // namespace ringcast::test
