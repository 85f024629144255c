// What travels between the sequencer and a shard. Each pair has one lane each way; entries of one
// commit are seen together, so a shard always knows a prefix of the total order.
//
// Channels are named by the receiver's own index with a generation, so that an entry about a
// channel that the receiver has dropped meanwhile is recognised and ignored.
//
// Threads: plain values; SpscQueue moves them.
#pragma once

#include <cstdint>

#include "hub/channel_name_block.h"
#include "hub/channel_standing.h"
#include "hub/segment.h"

namespace ringcast {

// The receiver's index of a channel, and which use of that index is meant.
struct ChannelHandle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  bool operator==(const ChannelHandle&) const = default;
};

// Sequencer to shard.
struct ToShard {
  enum class Kind : std::uint8_t {
    kOpen,   // the answer to kInterest: `name`, `from` (what to hold from), then a kState follows
    kState,  // the channel has grown or forgotten; see LogView::Extend for from, hops and frames
    kEnd,    // the channel was ended: its streams end. Its state comes before.
    kSync,   // the answer to kSync: everything ordered before it has been told
  };
  Kind kind = Kind::kState;
  ChannelStanding standing = ChannelStanding::kLive;  // kState
  std::uint16_t hops = 0;
  std::uint32_t frames_in_last = 0;
  ChannelHandle channel;  // the shard's
  const Segment* from = nullptr;
  std::uint64_t head = 0;
  std::uint64_t kept_from = 0;  // the history starts here
  Sequence forgotten = 0;       // the newest sequence that is no longer kept
  Sequence newest = 0;          // kState: of the channel; kOpen, kSync: of the server
  union {
    std::int64_t published_ns = 0;  // kState: monotonic time of the oldest event in it, or 0
    ChannelNameBlock* name;         // kOpen: the sequencer's name; a different one offered is ours
  };
  ChannelHandle sequencer_channel;  // kOpen: how the shard names the channel in its messages
  std::uint64_t spared_from = 0;    // kState: nothing before it is kept for slow subscribers
};
static_assert(sizeof(ToShard) <= 80);

// Shard to sequencer.
struct ToSequencer {
  enum class Kind : std::uint8_t {
    kInterest,  // the shard has its first subscriber on `name`; answered by kOpen and kState
    kCount,     // how many subscribers the shard has on the channel
    kProgress,  // nothing below held_from is held; subscribers that keep up are at flushed
    kLeave,     // the last subscriber is gone and nothing is held
    kSync,      // tell me when everything ordered so far has been told
  };
  Kind kind = Kind::kCount;
  std::uint32_t count = 0;  // kInterest, kCount
  ChannelHandle ours;       // the shard's: kInterest
  ChannelHandle channel;    // the sequencer's: all but kInterest and kSync
  std::uint64_t held_from = 0;
  std::uint64_t flushed = 0;
  ChannelNameBlock* name =
      nullptr;  // kInterest: offered; the sequencer adopts it or leaves it to us
};
static_assert(sizeof(ToSequencer) <= 64);

}  // namespace ringcast
