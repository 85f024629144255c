// A channel's name in one small block of memory. One block serves the sequencer and, by pointer,
// every shard that has the channel open, so that a name is stored once.
//
// Threads: immutable. It is made by a shard, offered to the sequencer, and freed by whoever owns it
// in the end: the sequencer for a channel it keeps, the shard for a block that was not adopted.
#pragma once

#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

namespace ringcast {

class ChannelNameBlock {
 public:
  static ChannelNameBlock* Make(std::string_view name) {
    void* memory = ::operator new(sizeof(ChannelNameBlock) + name.size());
    auto* block = new (memory) ChannelNameBlock;
    block->size_ = static_cast<std::uint8_t>(name.size());
    std::memcpy(block + 1, name.data(), name.size());
    return block;
  }
  static void Free(ChannelNameBlock* block) { ::operator delete(block); }

  std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size_}; }

 private:
  ChannelNameBlock() = default;
  std::uint8_t size_ = 0;  // names have at most 255 bytes
};

}  // namespace ringcast
