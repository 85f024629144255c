// A pool of elements named by index: a slot is taken, given back and taken again, and the element
// in it never moves. The slot given back last is taken first, because its memory is the likeliest
// to be in the cache still.
//
// Threads: one at a time.
// Invariants: a slot is either in use or on the free list exactly once; giving back a slot that is
// not in use ends the process. Slots are first handed out in rising order, so indices stay dense:
// at most the largest number of slots ever in use at once. Memory is never given back before
// destruction; the owner bounds it by bounding size().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "base/check.h"
#include "base/chunked_array.h"
#include "base/index.h"

namespace ringcast {

// T needs a default constructor; it is neither copied nor moved.
template <class T, std::uint32_t kChunk = 1024>
class Slab {
 public:
  // Takes a free slot; its element is as `T()` makes it. Allocates a chunk when no made slot is
  // free, so never after Reserve() as long as size() stays within it.
  std::uint32_t Allocate() {
    std::uint32_t index = free_head_;
    if (index != kNoIndex) {
      free_head_ = next_free_[index];
      // Whoever kept a reference too long may have written to the free slot: start afresh.
      Reset(elements_[index]);
    } else {
      RC_CHECK(fresh_ < kInUse, "a slab has fewer slots than there are indices");
      index = fresh_;
      if (index == capacity_) Grow();
      ++fresh_;
    }
    next_free_[index] = kInUse;
    ++size_;
    return index;
  }

  // Gives a slot back. What its element owns is released now, not at the next Allocate().
  // REQUIRES: in_use(index).
  void Free(std::uint32_t index) {
    RC_CHECK(in_use(index), "a slot is given back once for each time it was taken");
    if constexpr (!std::is_trivially_destructible_v<T>) Reset(elements_[index]);
    next_free_[index] = free_head_;
    free_head_ = index;
    --size_;
  }

  // REQUIRES: index < capacity(). The element of a free slot holds nothing of meaning.
  T& operator[](std::uint32_t index) { return elements_[index]; }
  const T& operator[](std::uint32_t index) const { return elements_[index]; }

  // True for a slot that was taken and not yet given back; false for any other number.
  bool in_use(std::uint32_t index) const { return index < fresh_ && next_free_[index] == kInUse; }

  // Makes room for `slots` slots in all, in whole chunks. REQUIRES: slots < kNoIndex - 1.
  void Reserve(std::uint32_t slots) {
    RC_CHECK(slots < kInUse, "a slab has fewer slots than there are indices");
    while (capacity_ < slots) Grow();
  }

  std::uint32_t size() const { return size_; }          // slots in use
  std::uint32_t capacity() const { return capacity_; }  // slots that have memory
  // Heap memory held, in bytes; not what the elements own.
  std::size_t bytes() const { return elements_.bytes() + next_free_.bytes(); }

 private:
  // Marks a slot in use where a free one has the next free slot's index. It lies beside the
  // elements, not in them, so that T stays whole; four bytes a slot.
  static constexpr std::uint32_t kInUse = kNoIndex - 1;

  static void Reset(T& element) {
    std::destroy_at(&element);
    std::construct_at(&element);
  }

  void Grow() {
    elements_.EnsureIndex(capacity_);
    next_free_.EnsureIndex(capacity_);
    capacity_ += kChunk;
  }

  ChunkedArray<T, kChunk> elements_;
  ChunkedArray<std::uint32_t, kChunk> next_free_;
  std::uint32_t free_head_ = kNoIndex;
  std::uint32_t fresh_ = 0;  // slots from here on were never handed out
  std::uint32_t capacity_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace ringcast
