// A ring's provided buffers: a pool that the kernel takes a buffer from when bytes have arrived, so
// that a connection that waits for its request owns none. The buffer comes back with the completion
// and is recycled as soon as its bytes are parsed.
//
// Threads: the ring's thread.
// Invariants: every buffer is either with the kernel or held by the handler between Bytes() and
// Recycle().
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "uring/ring.h"

struct io_uring_buf_ring;

namespace ringcast {

class BufferRing {
 public:
  // `count`: a power of two up to 32768. `size`: bytes of each buffer.
  static Result<std::unique_ptr<BufferRing>> Create(Ring& ring, std::uint16_t group,
                                                    std::uint32_t count, std::uint32_t size);
  ~BufferRing();
  BufferRing(const BufferRing&) = delete;
  BufferRing& operator=(const BufferRing&) = delete;

  std::uint16_t group() const { return group_; }
  // The bytes that a completion with this buffer brought. REQUIRES: length <= the buffers' size.
  std::span<const char> Bytes(std::uint16_t buffer, std::uint32_t length) const;
  void Recycle(std::uint16_t buffer);
  std::size_t bytes() const { return std::size_t{count_} * size_; }

 private:
  BufferRing(Ring& ring, std::uint16_t group, std::uint32_t count, std::uint32_t size);
  char* Start(std::uint16_t buffer) const { return memory_.get() + std::size_t{buffer} * size_; }

  struct FreeAligned {
    void operator()(io_uring_buf_ring* ring) const;
  };

  Ring& ring_;
  std::uint16_t group_;
  std::uint32_t count_;
  std::uint32_t size_;
  bool registered_ = false;
  std::unique_ptr<char[]> memory_;
  std::unique_ptr<io_uring_buf_ring, FreeAligned> entries_;
};

}  // namespace ringcast
