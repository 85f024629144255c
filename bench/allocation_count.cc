#include "allocation_count.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocation_count{0};

void* Allocate(std::size_t size, std::size_t alignment) {
  // Relaxed: the count alone is of interest, and it is read after the threads it counts have met.
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  const std::size_t whole = (size + alignment) / alignment * alignment;  // never zero
  if (void* memory = std::aligned_alloc(alignment, whole)) return memory;
  throw std::bad_alloc();
}

constexpr std::size_t kUsual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace

namespace ringcast::bench {

std::uint64_t AllocationCount() { return allocation_count.load(std::memory_order_relaxed); }

}  // namespace ringcast::bench

// The other forms of the standard library (arrays, nothrow) end in these.
void* operator new(std::size_t size) { return Allocate(size, kUsual); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
