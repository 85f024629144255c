#include "hub/log_view.h"

#include <algorithm>

#include "base/check.h"

namespace ringcast {

void LogView::Extend(const Segment* from, std::uint32_t hops, std::uint32_t frames_in_last,
                     std::uint64_t head) {
  RC_CHECK(head >= head_, "a log only grows");
  if (from == nullptr) {
    RC_CHECK(head == head_, "new bytes lie in a segment");
    return;
  }
  if (first_ == nullptr) first_ = from;
  const Segment* last = from;
  for (std::uint32_t i = 0; i < hops; ++i) last = last->next;
  last_ = last;
  frames_in_last_ = frames_in_last;
  head_ = head;
}

std::uint64_t LogView::HeldFromAfterRelease(std::uint64_t position) const {
  const Segment* segment = first_;
  while (segment != nullptr && EndOf(segment) <= position) {
    if (segment == last_) return head_;
    segment = segment->next;
  }
  return segment != nullptr ? segment->base : head_;
}

bool LogView::ReleaseBelow(std::uint64_t position) {
  const Segment* const before = first_;
  while (first_ != nullptr && EndOf(first_) <= position) {
    first_ = first_ == last_ ? nullptr : first_->next;
  }
  if (first_ == nullptr) last_ = nullptr;
  return first_ != before;
}

const Segment* LogView::Locate(std::uint64_t position) const {
  RC_CHECK(first_ != nullptr && position >= first_->base && position < head_,
           "a position that is read is held");
  if (position >= last_->base) return last_;
  const Segment* segment = first_;
  while (segment->next->base <= position) segment = segment->next;
  return segment;
}

std::size_t LogView::Gather(std::uint64_t from, std::uint64_t to,
                            std::span<std::string_view> out) const {
  if (from == to) return 0;
  const Segment* segment = Locate(from);
  std::size_t count = 0;
  while (from < to && count < out.size()) {
    const std::uint64_t end = std::min(EndOf(segment), to);
    out[count++] = {segment->data() + (from - segment->base), static_cast<std::size_t>(end - from)};
    from = end;
    if (from < to) segment = segment->next;
  }
  return count;
}

std::uint32_t LogView::FirstEndingAfter(const Segment* segment, std::uint64_t offset) const {
  std::uint32_t low = 0;
  std::uint32_t high = FramesOf(segment);
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (segment->entry(middle).end > offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

FrameAt LogView::Describe(const Segment* segment, std::uint32_t frame) const {
  const FrameEntry& entry = segment->entry(frame);
  const std::uint32_t start = segment->frame_start(frame);
  return {segment,
          frame,
          segment->base + start,
          segment->base + entry.end,
          entry.sequence,
          {segment->data() + start, entry.end - start}};
}

FrameAt LogView::Find(std::uint64_t position) const {
  const Segment* segment = Locate(position);
  return Describe(segment, FirstEndingAfter(segment, position - segment->base));
}

FrameAt LogView::Next(const FrameAt& frame) const {
  if (frame.frame + 1 < FramesOf(frame.segment)) return Describe(frame.segment, frame.frame + 1);
  RC_CHECK(frame.segment != last_, "there is a frame behind");
  return Describe(frame.segment->next, 0);
}

std::uint64_t LogView::NewestFrameBytes() const {
  if (first_ == nullptr || frames_in_last_ == 0) return 0;
  return Describe(last_, frames_in_last_ - 1).bytes.size();
}

std::uint64_t LogView::CountFrames(std::uint64_t from, std::uint64_t to) const {
  if (from >= to) return 0;
  const Segment* segment = Locate(from);
  std::uint64_t count = 0;
  for (;;) {
    const std::uint32_t first = FirstEndingAfter(segment, from - segment->base);
    if (to < EndOf(segment)) return count + FirstEndingAfter(segment, to - segment->base) - first;
    count += FramesOf(segment) - first;
    if (to == EndOf(segment)) return count;
    from = EndOf(segment);
    segment = segment->next;
  }
}

std::uint64_t LogView::PositionAfter(Sequence sequence) const {
  for (const Segment* segment = first_; segment != nullptr;
       segment = segment == last_ ? nullptr : segment->next) {
    const std::uint32_t frames = FramesOf(segment);
    if (segment->entry(frames - 1).sequence <= sequence) continue;
    std::uint32_t low = 0;
    std::uint32_t high = frames - 1;
    while (low < high) {
      const std::uint32_t middle = low + (high - low) / 2;
      if (segment->entry(middle).sequence > sequence) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return segment->base + segment->frame_start(low);
  }
  return head_;
}

Sequence LogView::SequenceBefore(std::uint64_t position) const {
  if (first_ == nullptr || position <= first_->base) return 0;
  const Segment* segment = Locate(position - 1);
  const std::uint32_t frame = FirstEndingAfter(segment, position - segment->base);
  if (frame > 0) return segment->entry(frame - 1).sequence;
  // The position lies within the segment's first frame.
  return segment == first_ ? 0 : SequenceBefore(segment->base);
}

}  // namespace ringcast
