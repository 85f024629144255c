// Tells channels that events for them may have been lost outside the daemon: publishes to each
// channel that is there and may be concerned an event `gap` with the reason `source`. It is an
// event like any other, with an id and a place in the order, so a client that was away across the
// loss is told as well; and a channel that is not there is remembered as doubtful
// (sequencer/channel_census.h).
//
// Threads: the source's.
// Invariants: what was to be told and could not be is kept and told later.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "redis/feed.h"

namespace ringcast {

// Gives the names of all channels that the daemon has and `concerns` says yes to; `concerns` is
// called on another thread. False: not now.
using ChannelNames = std::function<bool(std::function<bool(std::string_view)> concerns,
                                        std::vector<std::string>& names)>;

class GapTeller {
 public:
  GapTeller(ChannelNames names, RedisFeed& feed, const RedisSourceStats& stats,
            const std::atomic<bool>& stop);

  // `channels`: glob patterns. Returns when the events have been given to the feed.
  void Tell(std::vector<std::string> channels);
  // Tells again what could not be told.
  void Work(MonoTime now);

 private:
  const ChannelNames names_;
  RedisFeed& feed_;
  const RedisSourceStats& stats_;
  const std::atomic<bool>& stop_;
  std::vector<std::string> untold_;
  MonoTime again_at_{};
};

}  // namespace ringcast
