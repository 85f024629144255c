// The writer's side of a channel's log: a list of segments, a head that grows, and the start of
// what the history keeps. Positions are byte offsets since the channel was created.
//
// What is kept is decided by count, bytes and age. Segments outlive what is kept for as long as a
// shard holds them: the caller says from where on bytes are still needed.
//
// Threads: the sequencer's.
// Invariants: spared_from <= kept_from <= head; kept_from is a frame's start or the head; the log
// of a channel that keeps nothing and that nobody holds has no segment.
#pragma once

#include <cstdint>

#include "hub/budget.h"
#include "hub/segment.h"

namespace ringcast {

struct HistoryLimits {
  std::uint32_t events = 1000;        // 0: no history
  std::uint64_t bytes = 1024 * 1024;  // of encoded frames; 0: no history
  std::uint32_t ticks = 0xffffffff;   // age, in the units of `published_tick`
  std::uint64_t memory = UINT64_MAX;  // of the segments of all logs together
  std::uint64_t memory_slack = budget::kHistorySlackBytes;
  bool enabled() const { return events > 0 && bytes > 0 && ticks > 0; }
  bool operator==(const HistoryLimits&) const = default;
};

class ChannelLog {
 public:
  // `owner`: noted in its segments. REQUIRES: the log is empty (Clear() when its owner goes).
  explicit ChannelLog(std::uint64_t start = 0, std::uint32_t owner = 0)
      : head_(start), kept_from_(start), spared_from_(start), owner_(owner) {}

  // Room for a frame of exactly `bytes`; write them all before anything is told about them.
  char* Append(SegmentPool& pool, Sequence sequence, std::uint32_t tick, std::uint32_t bytes);

  // Forgets what exceeds the limits at `now_tick`. Returns the newest sequence forgotten, or 0.
  Sequence Trim(const HistoryLimits& limits, std::uint32_t now_tick);
  // Forgets everything kept. Returns the newest sequence forgotten, or 0.
  Sequence TrimAll();
  // Forgets everything up to the end of `segment`, the oldest one in use, to save memory: it
  // leaves, and from now on is kept for nobody. Returns the newest sequence forgotten, or 0.
  Sequence GiveUp(SegmentPool& pool, Segment* segment);

  // Gives back segments that lie wholly below both the kept part and `held_from`.
  void Release(SegmentPool& pool, std::uint64_t held_from);
  // Gives back everything. REQUIRES: nobody holds any of it.
  void Clear(SegmentPool& pool);

  // Asks for the memory that the next Append() writes to.
  void PrefetchEnd() const {
    if (last_ == nullptr) return;
    __builtin_prefetch(last_->data() + last_->used, 1);
    __builtin_prefetch(&last_->entry(last_->frames), 1);
  }

  std::uint64_t head() const { return head_; }
  std::uint64_t kept_from() const { return kept_from_; }
  // What was given up ends here: it is not spared for subscribers that are behind, either.
  std::uint64_t spared_from() const { return spared_from_; }
  std::uint32_t kept_events() const { return kept_events_; }
  bool empty() const { return first_ == nullptr; }
  const Segment* first() const { return first_; }
  const Segment* last() const { return last_; }
  // When the oldest kept event was published. REQUIRES: kept_events() > 0.
  std::uint32_t oldest_tick() const { return kept_tick_; }
  Sequence oldest_sequence() const;

 private:
  Sequence ForgetOldest();
  void AdaptSize();

  Segment* first_ = nullptr;
  Segment* last_ = nullptr;
  Segment* kept_segment_ = nullptr;  // where the oldest kept frame lies
  std::uint64_t head_;
  std::uint64_t kept_from_;
  std::uint64_t spared_from_;
  std::uint32_t owner_;
  std::uint32_t kept_frame_ = 0;  // its number in that segment
  std::uint32_t kept_events_ = 0;
  std::uint32_t kept_tick_ = 0;  // of that frame; here since each Trim() asks for it
  std::uint8_t size_hint_ = 0;
};

}  // namespace ringcast
