// The sequencer's side of one shard: its lanes and its doorbell. The sequencer knows shards only by
// this, so that neither folder includes the other.
//
// Threads: plain values. StopFlags is written by the main thread and read by the sequencer.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/spsc_queue.h"
#include "hub/lane_message.h"
#include "uring/ring.h"

namespace ringcast {

struct ShardPort {
  SpscQueue<ToShard>* down = nullptr;
  SpscQueue<ToSequencer>* up = nullptr;
  RingHandle ring;
  std::uint64_t doorbell = 0;  // the tag to ring with
};

// Raised once each, never lowered; relaxed is enough, the sequencer looks again on every tick.
struct StopFlags {
  std::atomic<bool> drain{false};  // take no new publishers, finish what has arrived
  std::atomic<bool> stop{false};   // end
};

}  // namespace ringcast
