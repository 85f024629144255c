// A queue of small values in one ring of memory that grows to the largest size it ever had and then
// allocates no more; std::deque allocates and frees a block every few hundred values that pass
// through.
//
// Threads: one at a time.
// Invariants: the capacity is zero or a power of two; values leave in the order in which they came.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace ringcast {

template <class T>
class Fifo {
  static_assert(std::is_trivially_copyable_v<T>, "values are copied when the ring grows");

 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void PushBack(const T& value) {
    if (size_ == capacity_) Grow();
    ring_[(first_ + size_) & (capacity_ - 1)] = value;
    ++size_;
  }

  // REQUIRES: !empty().
  T PopFront() {
    RC_CHECK(size_ > 0, "an empty queue has no front");
    const T value = ring_[first_];
    first_ = (first_ + 1) & (capacity_ - 1);
    --size_;
    return value;
  }

  // The value `ahead` places behind the front, or nullptr when there are not so many.
  const T* Peek(std::size_t ahead) const {
    return ahead < size_ ? &ring_[(first_ + ahead) & (capacity_ - 1)] : nullptr;
  }

  // REQUIRES: !empty().
  const T& Front() const {
    RC_CHECK(size_ > 0, "an empty queue has no front");
    return ring_[first_];
  }

 private:
  void Grow() {
    constexpr std::size_t kFirst = 64;
    const std::size_t grown = capacity_ == 0 ? kFirst : capacity_ * 2;
    auto ring = std::make_unique<T[]>(grown);
    for (std::size_t i = 0; i < size_; ++i) ring[i] = ring_[(first_ + i) & (capacity_ - 1)];
    ring_ = std::move(ring);
    capacity_ = grown;
    first_ = 0;
  }

  std::unique_ptr<T[]> ring_;
  std::size_t capacity_ = 0;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace ringcast
