// A channel's name in one small block of memory. One block serves the sequencer and, by pointer,
// every shard that has the channel open, so that a name is stored once. So it is also where the
// shards count the channel's subscribers together: always, since a limit may be set at any time.
//
// Threads: the name is immutable; places may be taken and returned by any shard that has the
// channel open. It is made by a shard, offered to the sequencer, and freed by whoever owns it in
// the end: the sequencer for a channel it keeps, the shard for a block that was not adopted.
// Invariants: a place is only taken while fewer are taken than the limit that is given with it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

namespace ringcast {

class ChannelNameBlock {
 public:
  static ChannelNameBlock* Make(std::string_view name) {
    void* memory = ::operator new(std::max(sizeof(ChannelNameBlock), kHeaderBytes + name.size()));
    auto* block = new (memory) ChannelNameBlock;
    block->size_ = static_cast<std::uint8_t>(name.size());
    std::memcpy(static_cast<char*>(memory) + kHeaderBytes, name.data(), name.size());
    return block;
  }
  static void Free(ChannelNameBlock* block) { ::operator delete(block); }

  std::string_view view() const {
    return {reinterpret_cast<const char*>(this) + kHeaderBytes, size_};
  }

  // A place for one more subscriber; false when `limit` are taken. 0: no limit.
  bool TakePlace(std::uint32_t limit) {
    // Relaxed, as below: only this number is agreed on, no other memory.
    if (limit == 0) {
      places_.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    std::uint32_t taken = places_.load(std::memory_order_relaxed);
    while (taken < limit) {
      if (places_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void ReturnPlace() { places_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  ChannelNameBlock() = default;
  std::atomic<std::uint32_t> places_{0};
  std::uint8_t size_ = 0;  // names have at most 255 bytes
  // The name begins right behind, not where the object would end with its padding.
  static constexpr std::size_t kHeaderBytes = sizeof(std::atomic<std::uint32_t>) + 1;
};

}  // namespace ringcast
