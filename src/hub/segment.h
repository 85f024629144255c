// A piece of a channel's log: one block of memory with encoded frames from the front and their
// index from the back. The sequencer appends; what lies below a head that a shard was told is
// immutable, and is read in place by every shard that holds it.
//
//   | header | frame 0 | frame 1 | ... free ... | entry 1 | entry 0 |
//
// Threads: what is marked so belongs to the writer. Readers use base, next and the bytes below the
// head they were told; `next` is set before anything of the next segment is told, so a reader that
// knows of bytes beyond this segment may follow it. The lane orders all of that.
// Invariants: next->base == base + used once next is set; entries are sorted by end and by
// sequence.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hub/event_order.h"

namespace ringcast {

struct FrameEntry {
  Sequence sequence = 0;
  std::uint32_t end = 0;             // offset of the first byte after the frame
  std::uint32_t published_tick = 0;  // when, on the monotonic clock, in units of the writer
};

struct Segment {
  std::uint64_t base = 0;  // position in the channel's log of the first byte
  Segment* next = nullptr;
  std::uint32_t capacity = 0;  // bytes after this header, for frames and entries together
  std::uint32_t used = 0;      // writer only
  std::uint32_t frames = 0;    // writer only while this is its last segment
  std::uint32_t owner = 0;     // writer only: whose log it belongs to
  std::uint8_t size_class = 0;
  bool leaving = false;  // writer only: forgotten to save memory; nothing is appended any more
  // Writer only: neighbours in the order in which segments were made, until it is `leaving`.
  Segment* older = nullptr;
  Segment* newer = nullptr;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  const FrameEntry& entry(std::uint32_t frame) const {
    return reinterpret_cast<const FrameEntry*>(data() +
                                               capacity)[-static_cast<std::ptrdiff_t>(frame) - 1];
  }
  FrameEntry& entry(std::uint32_t frame) {
    return const_cast<FrameEntry&>(static_cast<const Segment*>(this)->entry(frame));
  }
  std::uint32_t frame_start(std::uint32_t frame) const {
    return frame == 0 ? 0 : entry(frame - 1).end;
  }
  bool HasRoomFor(std::uint32_t frame_bytes) const {
    return used + frame_bytes + (frames + 1) * sizeof(FrameEntry) <= capacity;
  }
};

// Blocks for segments, in powers of two, kept for reuse up to a bound and given back beyond it. A
// frame too large for the largest class gets a block of its own size.
//
// It also knows the segments by age, so that memory can be won back from the oldest events of all
// logs together, without looking for them.
//
// Threads: the sequencer's.
// Invariants: a segment in use is either in the list by age or leaving.
class SegmentPool {
 public:
  static constexpr std::size_t kSmallestBlock = 256;
  static constexpr std::size_t kLargestBlock = 256 * 1024;
  static constexpr unsigned kClasses = 11;  // 256 << 10 == 256 KiB
  static constexpr std::uint8_t kOwnSize = 0xff;
  static constexpr std::size_t kMaxIdleBytes = 8 * 1024 * 1024;

  SegmentPool() = default;
  ~SegmentPool();
  SegmentPool(const SegmentPool&) = delete;
  SegmentPool& operator=(const SegmentPool&) = delete;

  // A segment with room for at least one frame of `frame_bytes`; its block has at least the size of
  // `size_class` (clamped).
  Segment* Allocate(std::uint32_t frame_bytes, unsigned size_class, std::uint32_t owner = 0);
  void Release(Segment* segment);

  // The segment in use that was made first of those that are not leaving, or nullptr.
  Segment* oldest() const { return oldest_; }
  // Nothing of it is kept any more: it is released as soon as nobody holds it.
  void Leave(Segment* segment);

  std::size_t bytes_in_use() const { return bytes_in_use_; }
  std::size_t bytes_leaving() const { return bytes_leaving_; }  // of those in use
  std::size_t bytes_idle() const { return bytes_idle_; }

 private:
  static std::size_t BlockBytes(const Segment& segment) {
    return sizeof(Segment) + segment.capacity;
  }

  void Unlink(Segment* segment);

  Segment* idle_[kClasses] = {};
  Segment* oldest_ = nullptr;
  Segment* newest_ = nullptr;
  std::size_t bytes_in_use_ = 0;
  std::size_t bytes_leaving_ = 0;
  std::size_t bytes_idle_ = 0;
};

}  // namespace ringcast
