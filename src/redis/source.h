// One [[redis]] of the configuration at work: a thread of its own with a connection for
// subscriptions, a connection for streams, and a publisher's connection to the daemon's socket. A
// thread for each server, since a server that hangs, or a name that cannot be looked up, must hold
// up no other.
//
// Threads: constructed, ended and joined on one thread; the stats may be read by any.
// Invariants: whatever the server does, the thread goes on trying until it is told to end; every
// wait has an end, but for the system's look-up of a name.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "client/socket.h"
#include "config/redis_options.h"
#include "redis/gap_teller.h"
#include "redis/positions.h"
#include "redis/source_stats.h"

namespace ringcast {

// What a source needs to know of the daemon.
struct RedisGround {
  std::string publish_socket;
  std::string state_directory;  // empty: there is none
  ChannelNames channel_names;
};

class RedisSource {
 public:
  // Starts. `begun`: the positions of a source that this one follows on.
  RedisSource(RedisOptions options, RedisGround ground, std::optional<RedisPositions> begun);
  ~RedisSource();
  RedisSource(const RedisSource&) = delete;
  RedisSource& operator=(const RedisSource&) = delete;

  const RedisOptions& options() const { return options_; }
  std::shared_ptr<const RedisSourceStats> stats() const { return stats_; }

  // Asks it to end; it gives what it has read to the daemon first, if that takes it in time.
  void End();
  // Acquire: pairs with the release at the thread's end. What it has done is seen.
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  // Where it stood; nothing when it never knew. REQUIRES: ended().
  const std::optional<RedisPositions>& positions() const { return stood_at_; }

 private:
  const RedisOptions options_;
  const RedisGround ground_;
  const bool follows_on_;
  std::shared_ptr<RedisSourceStats> stats_;
  RedisPositions positions_;                // the thread's
  std::optional<RedisPositions> stood_at_;  // the thread's until it has ended
  Socket wake_;                             // an eventfd
  std::atomic<bool> stop_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace ringcast
