// Asking the processor for an object's memory before it is touched, so that several objects are
// fetched at the same time instead of one after the other. A hint: it changes nothing, and an
// address that is not there is no error.
//
// Threads: any.
#pragma once

#include <cstddef>

namespace ringcast {

// When a queue is worked off: so many of its elements ahead. What is done with them in between
// takes about as long as memory does.
inline constexpr std::size_t kPrefetchAhead = 8;

// Every cache line of the object, to be read and written.
template <class T>
void Prefetch(const T& object) {
  constexpr std::size_t kCacheLine = 64;  // bytes
  const char* const begin = reinterpret_cast<const char*>(&object);
  for (std::size_t offset = 0; offset < sizeof(T); offset += kCacheLine) {
    __builtin_prefetch(begin + offset, 1);
  }
}

}  // namespace ringcast
