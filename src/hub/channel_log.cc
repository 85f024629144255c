#include "hub/channel_log.h"

#include <algorithm>

#include "base/check.h"

namespace ringcast {

// A busy channel's segments double, so that a quiet one stays small: as long as all of the last one
// is still needed when the next begins. A channel whose events are forgotten sooner has segments
// that are too large for it, however many events it has had.
void ChannelLog::AdaptSize() {
  const std::uint64_t kept = head_ - kept_from_;
  if (first_ != last_ || kept >= last_->used) {
    size_hint_ =
        static_cast<std::uint8_t>(std::min<unsigned>(size_hint_ + 1u, SegmentPool::kClasses - 1));
  } else if (kept * 4 < last_->used && size_hint_ > 0) {
    --size_hint_;
  }
}

char* ChannelLog::Append(SegmentPool& pool, Sequence sequence, std::uint32_t tick,
                         std::uint32_t bytes) {
  if (last_ == nullptr || last_->leaving || !last_->HasRoomFor(bytes)) {
    if (last_ != nullptr && !last_->leaving) AdaptSize();
    Segment* fresh = pool.Allocate(bytes, size_hint_, owner_);
    if (fresh->size_class != SegmentPool::kOwnSize) size_hint_ = fresh->size_class;
    fresh->base = head_;
    if (last_ != nullptr) {
      last_->next = fresh;
    } else {
      first_ = fresh;
    }
    last_ = fresh;
  }
  char* place = last_->data() + last_->used;
  last_->used += bytes;
  last_->entry(last_->frames) = {sequence, last_->used, tick};
  if (kept_events_ == 0) {
    kept_segment_ = last_;
    kept_frame_ = last_->frames;
    kept_from_ = head_;
    kept_tick_ = tick;
  }
  ++last_->frames;
  ++kept_events_;
  head_ += bytes;
  return place;
}

Sequence ChannelLog::ForgetOldest() {
  const Sequence forgotten = kept_segment_->entry(kept_frame_).sequence;
  --kept_events_;
  if (kept_events_ == 0) {
    kept_from_ = head_;
    kept_segment_ = nullptr;
    return forgotten;
  }
  ++kept_frame_;
  if (kept_frame_ == kept_segment_->frames) {
    kept_segment_ = kept_segment_->next;
    kept_frame_ = 0;
  }
  kept_from_ = kept_segment_->base + kept_segment_->frame_start(kept_frame_);
  kept_tick_ = kept_segment_->entry(kept_frame_).published_tick;
  return forgotten;
}

Sequence ChannelLog::Trim(const HistoryLimits& limits, std::uint32_t now_tick) {
  if (!limits.enabled()) return TrimAll();
  Sequence forgotten = 0;
  while (kept_events_ > 0 && (kept_events_ > limits.events || head_ - kept_from_ > limits.bytes ||
                              now_tick - oldest_tick() >= limits.ticks)) {
    forgotten = ForgetOldest();
  }
  return forgotten;
}

Sequence ChannelLog::TrimAll() {
  if (kept_events_ == 0) return 0;
  const Sequence forgotten = last_->entry(last_->frames - 1).sequence;
  kept_events_ = 0;
  kept_segment_ = nullptr;
  kept_from_ = head_;
  return forgotten;
}

Sequence ChannelLog::GiveUp(SegmentPool& pool, Segment* segment) {
  RC_CHECK(segment->owner == owner_ && segment->frames > 0, "a log gives up what is its own");
  const std::uint64_t end = segment->base + segment->used;
  Sequence forgotten = 0;
  if (kept_from_ < end) {
    RC_CHECK(kept_segment_ == segment, "the oldest segment holds what is kept longest");
    forgotten = segment->entry(segment->frames - 1).sequence;
    kept_events_ -= segment->frames - kept_frame_;
    kept_from_ = end;
    kept_segment_ = kept_events_ > 0 ? segment->next : nullptr;
    kept_frame_ = 0;
  }
  spared_from_ = std::max(spared_from_, end);
  pool.Leave(segment);
  return forgotten;
}

void ChannelLog::Release(SegmentPool& pool, std::uint64_t held_from) {
  const std::uint64_t needed_from = std::min(held_from, kept_from_);
  while (first_ != nullptr && first_->base + first_->used <= needed_from) {
    Segment* next = first_->next;
    if (next == nullptr) {
      last_ = nullptr;
      // What the last block was filled with is the best guess for the next one's size.
      if (first_->used * 4 < first_->capacity && size_hint_ > 0) --size_hint_;
    }
    pool.Release(first_);
    first_ = next;
  }
}

void ChannelLog::Clear(SegmentPool& pool) {
  TrimAll();
  Release(pool, head_);
  RC_CHECK(first_ == nullptr, "nothing is left below the head");
}

Sequence ChannelLog::oldest_sequence() const { return kept_segment_->entry(kept_frame_).sequence; }

}  // namespace ringcast
