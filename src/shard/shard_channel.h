// A channel as one shard knows it: what it holds of the log, and the subscriptions of its own
// connections.
//
// Threads: its shard's.
// Invariants: `live` subscriptions have cursors from `flushed` on; a channel that is not being
// flushed has all of them at the head.
#pragma once

#include <cstdint>

#include "base/index_list.h"
#include "hub/channel_name_block.h"
#include "hub/lane_message.h"
#include "hub/log_view.h"

namespace ringcast {

struct ShardChannel {
  ChannelNameBlock* name = nullptr;
  [[no_unique_address]] LogView log;  // what follows may use its padding
  std::uint32_t subscribers : 27 = 0;
  ChannelStanding standing : 2 = ChannelStanding::kLive;
  bool open : 1 = false;           // the sequencer has answered
  bool count_changed : 1 = false;  // in the shard's list of counts to tell
  bool check_release : 1 = false;  // in the shard's list of channels to look at
  std::uint64_t kept_from = 0;     // the history starts here
  Sequence forgotten = 0;          // the newest sequence before it
  std::uint64_t spared_from = 0;   // nothing before this is kept for those who are behind
  std::uint64_t reported = 0;      // the flushed position that the sequencer knows
  IndexList live;
  IndexList behind;
  IndexList shared;
  ChannelHandle theirs;  // the sequencer's
  std::uint32_t generation = 0;
  std::uint32_t flush = kNoIndex;  // in the shard's flushes, while there is something to deliver
};
static_assert(sizeof(ShardChannel) == 112, "a channel's memory is what operators count with");

// A channel's delivery under way: a round brings every live subscription that it visits to the
// head.
struct Flush {
  std::uint32_t channel = kNoIndex;
  std::uint32_t next = kNoIndex;       // the next live subscription to visit
  std::uint64_t flushed = 0;           // every live cursor is at or beyond this
  std::uint64_t round_head = 0;        // the head when the round began
  std::int64_t published_ns = 0;       // of the oldest event of this round
  std::int64_t next_published_ns = 0;  // of the oldest event that came after it began, or 0
  bool under_way = false;
};

}  // namespace ringcast
