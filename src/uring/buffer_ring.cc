#include "uring/buffer_ring.h"

#include <liburing.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

namespace ringcast {

void BufferRing::FreeAligned::operator()(io_uring_buf_ring* ring) const { ::free(ring); }

BufferRing::BufferRing(Ring& ring, std::uint16_t group, std::uint32_t count, std::uint32_t size)
    : ring_(ring), group_(group), count_(count), size_(size) {}

Result<std::unique_ptr<BufferRing>> BufferRing::Create(Ring& ring, std::uint16_t group,
                                                       std::uint32_t count, std::uint32_t size) {
  RC_CHECK(count > 0 && count <= 32768 && (count & (count - 1)) == 0, "a power of two");
  std::unique_ptr<BufferRing> self(new BufferRing(ring, group, count, size));
  self->memory_.reset(new char[std::size_t{count} * size]);
  void* entries = nullptr;
  constexpr std::size_t kPage = 4096;  // the kernel wants the ring of entries page-aligned
  if (::posix_memalign(&entries, kPage, count * sizeof(io_uring_buf)) != 0) {
    return Error{"not enough memory for the provided buffers of a ring"};
  }
  memset(entries, 0, count * sizeof(io_uring_buf));
  self->entries_.reset(static_cast<io_uring_buf_ring*>(entries));
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(entries);
  registration.ring_entries = count;
  registration.bgid = group;
  const int error = io_uring_register_buf_ring(ring.raw(), &registration, 0);
  if (error < 0) {
    return Error{std::string("provided buffers are refused: ") + strerror(-error) +
                 " (Linux 5.19 or later is needed)"};
  }
  self->registered_ = true;
  io_uring_buf_ring_init(self->entries_.get());
  const int mask = io_uring_buf_ring_mask(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto buffer = static_cast<std::uint16_t>(i);
    io_uring_buf_ring_add(self->entries_.get(), self->Start(buffer), size, buffer, mask,
                          static_cast<int>(i));
  }
  io_uring_buf_ring_advance(self->entries_.get(), static_cast<int>(count));
  return self;
}

BufferRing::~BufferRing() {
  if (registered_) io_uring_unregister_buf_ring(ring_.raw(), group_);
}

std::span<const char> BufferRing::Bytes(std::uint16_t buffer, std::uint32_t length) const {
  RC_CHECK(buffer < count_ && length <= size_, "the kernel names one of our buffers");
  return {Start(buffer), length};
}

void BufferRing::Recycle(std::uint16_t buffer) {
  io_uring_buf_ring_add(entries_.get(), Start(buffer), size_, buffer,
                        io_uring_buf_ring_mask(count_), 0);
  io_uring_buf_ring_advance(entries_.get(), 1);
}

}  // namespace ringcast
