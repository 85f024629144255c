// A 64-bit count that one thread keeps and any thread may read, such as the events a shard has
// sent.
//
// Threads: Add() and Set() on one thread only, the owner; Get() on any.
// Invariants: a reader sees a value that the counter really had, never a torn one, and the values
// that one reader sees of one counter never go back to an older one.
//
// Every access is relaxed and needs no partner: no other memory is published through a counter, so
// a reader may only conclude something about this number. Two counters read one after the other
// need not belong to the same moment. Since there is one writer, adding is a plain load and a plain
// store, not a locked read-modify-write: it costs what a normal variable costs.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringcast {

class Counter {
 public:
  Counter() = default;
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  // Owner only. Wraps at 2^64.
  void Add(std::uint64_t n = 1) {
    // Relaxed, both: the value loaded is the owner's own last store.
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void Set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }  // owner only

  std::uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace ringcast
