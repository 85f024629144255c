#include "hub/segment.h"

#include <algorithm>
#include <bit>
#include <new>

#include "base/check.h"

namespace ringcast {

static_assert(sizeof(Segment) % alignof(FrameEntry) == 0);
static_assert(SegmentPool::kSmallestBlock << (SegmentPool::kClasses - 1) ==
              SegmentPool::kLargestBlock);

SegmentPool::~SegmentPool() {
  for (Segment* segment : idle_) {
    while (segment != nullptr) {
      Segment* next = segment->next;
      ::operator delete(segment);
      segment = next;
    }
  }
}

Segment* SegmentPool::Allocate(std::uint32_t frame_bytes, unsigned size_class,
                               std::uint32_t owner) {
  const std::size_t needed = sizeof(Segment) + frame_bytes + sizeof(FrameEntry);
  std::size_t block = kSmallestBlock << std::min(size_class, kClasses - 1);
  if (needed > block) block = std::bit_ceil(needed);
  std::uint8_t fitting = kOwnSize;
  if (block > kLargestBlock) {
    constexpr std::size_t kPage = 4096;
    block = (needed + kPage - 1) / kPage * kPage;
  } else {
    fitting = static_cast<std::uint8_t>(std::countr_zero(block / kSmallestBlock));
  }

  void* memory = nullptr;
  if (fitting != kOwnSize && idle_[fitting] != nullptr) {
    Segment* reused = idle_[fitting];
    idle_[fitting] = reused->next;
    bytes_idle_ -= block;
    memory = reused;
  } else {
    memory = ::operator new(block);
  }
  bytes_in_use_ += block;
  auto* segment = new (memory) Segment;
  segment->capacity = static_cast<std::uint32_t>((block - sizeof(Segment)) / alignof(FrameEntry) *
                                                 alignof(FrameEntry));
  segment->size_class = fitting;
  segment->owner = owner;
  segment->older = newest_;
  (newest_ == nullptr ? oldest_ : newest_->newer) = segment;
  newest_ = segment;
  return segment;
}

void SegmentPool::Unlink(Segment* segment) {
  (segment->older == nullptr ? oldest_ : segment->older->newer) = segment->newer;
  (segment->newer == nullptr ? newest_ : segment->newer->older) = segment->older;
}

void SegmentPool::Leave(Segment* segment) {
  RC_CHECK(!segment->leaving, "a segment leaves once");
  Unlink(segment);
  segment->leaving = true;
  bytes_leaving_ += BlockBytes(*segment);
}

void SegmentPool::Release(Segment* segment) {
  const std::size_t block = BlockBytes(*segment);
  RC_CHECK(bytes_in_use_ >= block, "a segment is released once");
  bytes_in_use_ -= block;
  if (segment->leaving) {
    bytes_leaving_ -= block;
  } else {
    Unlink(segment);
  }
  if (segment->size_class == kOwnSize || bytes_idle_ + block > kMaxIdleBytes) {
    ::operator delete(segment);
    return;
  }
  segment->next = idle_[segment->size_class];
  idle_[segment->size_class] = segment;
  bytes_idle_ += block;
}

}  // namespace ringcast
