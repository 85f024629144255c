// A reader's side of a channel's log: what a shard knows of it and holds. Cursors are positions in
// it; live delivery, replay and catching up all read [cursor, head) through it.
//
// Threads: the shard's. Only bytes, entries and links that the lane has told about are touched.
// Invariants: first == nullptr exactly when nothing is held; then only head() is a valid position.
// Positions from first->base to head are readable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "hub/segment.h"

namespace ringcast {

// One frame of the log, as located by a position inside it.
struct FrameAt {
  const Segment* segment = nullptr;
  std::uint32_t frame = 0;  // its number in the segment
  std::uint64_t start = 0;  // positions
  std::uint64_t end = 0;
  Sequence sequence = 0;
  std::string_view bytes;  // the whole frame, chunk framing included
};

class LogView {
 public:
  LogView() = default;
  // Nothing is held; the log stands at `head`.
  explicit LogView(std::uint64_t head) : head_(head) {}

  std::uint64_t head() const { return head_; }
  bool holds_anything() const { return first_ != nullptr; }
  // The lowest position that can be read.
  std::uint64_t held_from() const { return first_ != nullptr ? first_->base : head_; }

  // The log has grown to `head`. `from`: the segment of the first byte beyond the present head (or,
  // when nothing is held yet, the one to hold from); `hops`: how many segments follow it up to the
  // last, which has `frames_in_last` frames.
  void Extend(const Segment* from, std::uint32_t hops, std::uint32_t frames_in_last,
              std::uint64_t head);

  // What held_from() would be after ReleaseBelow(position).
  std::uint64_t HeldFromAfterRelease(std::uint64_t position) const;
  // Whether ReleaseBelow(position) would let go of anything.
  bool WouldRelease(std::uint64_t position) const {
    return first_ != nullptr && EndOf(first_) <= position;
  }
  // Lets go of segments that end at or below `position`. Returns whether anything was let go.
  bool ReleaseBelow(std::uint64_t position);

  // The bytes of [from, to) as at most out.size() pieces; returns how many. The pieces cover less
  // than asked when there are not enough of them. REQUIRES: held_from() <= from <= to <= head().
  std::size_t Gather(std::uint64_t from, std::uint64_t to, std::span<std::string_view> out) const;

  // The oldest and the newest segment, for prefetching; nullptr when nothing is held.
  const Segment* first() const { return first_; }
  const Segment* last() const { return last_; }

  // The frame that holds `position`. REQUIRES: held_from() <= position < head().
  FrameAt Find(std::uint64_t position) const;
  // The frame behind `frame`. REQUIRES: frame.end < head().
  FrameAt Next(const FrameAt& frame) const;

  // Bytes of the newest frame; 0 when nothing is held.
  std::uint64_t NewestFrameBytes() const;

  // How many frames end within (from, to]: the events that a send completed.
  std::uint64_t CountFrames(std::uint64_t from, std::uint64_t to) const;

  // Where a reader that has seen everything up to `sequence` goes on. REQUIRES: holds what is kept.
  std::uint64_t PositionAfter(Sequence sequence) const;

  // The sequence of the last frame that ends at or below `position`, or 0 if none is held.
  Sequence SequenceBefore(std::uint64_t position) const;

 private:
  const Segment* Locate(std::uint64_t position) const;
  std::uint32_t FramesOf(const Segment* segment) const {
    return segment == last_ ? frames_in_last_ : segment->frames;
  }
  std::uint64_t EndOf(const Segment* segment) const {
    return segment == last_ ? head_ : segment->next->base;
  }
  FrameAt Describe(const Segment* segment, std::uint32_t frame) const;
  // The number of the first frame of `segment` that ends beyond `offset`.
  std::uint32_t FirstEndingAfter(const Segment* segment, std::uint64_t offset) const;

  const Segment* first_ = nullptr;
  const Segment* last_ = nullptr;
  std::uint64_t head_ = 0;
  std::uint32_t frames_in_last_ = 0;
};

}  // namespace ringcast
