// An array named by index whose elements never move. It grows a chunk of kChunk elements at a time,
// so growing copies nothing, leaves every reference valid, and costs the same at a million elements
// as at a thousand. Chunks may be sparse: only those that were asked for exist.
//
// Threads: one at a time, as for a standard container.
// Invariants: an element, once there, keeps its address until the array is destroyed. A chunk is
// either absent or holds kChunk elements, value-initialised when the chunk was made.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/index.h"

namespace ringcast {

template <class T, std::uint32_t kChunk = 1024>
class ChunkedArray {
  static_assert(std::has_single_bit(kChunk), "a chunk's size is a power of two: index by shift");

 public:
  ChunkedArray() = default;
  ChunkedArray(const ChunkedArray&) = delete;
  ChunkedArray& operator=(const ChunkedArray&) = delete;

  // REQUIRES: Has(index). The check costs two predictable branches beside the load of the chunk's
  // address, which is needed anyway.
  T& operator[](std::uint32_t index) {
    RC_CHECK(Has(index), "index of an element that was never made");
    return chunks_[index / kChunk][index % kChunk];
  }
  const T& operator[](std::uint32_t index) const {
    RC_CHECK(Has(index), "index of an element that was never made");
    return chunks_[index / kChunk][index % kChunk];
  }

  // Makes the chunk that holds `index` exist; other chunks are left as they are. Allocates unless
  // Has(index). REQUIRES: index != kNoIndex.
  void EnsureIndex(std::uint32_t index) {
    RC_CHECK(index != kNoIndex, "kNoIndex names no element");
    const std::size_t chunk = index / kChunk;
    if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
    if (chunks_[chunk] == nullptr) {
      chunks_[chunk] = std::make_unique<T[]>(kChunk);
      ++chunk_count_;
    }
  }

  bool Has(std::uint32_t index) const {
    const std::size_t chunk = index / kChunk;
    return chunk < chunks_.size() && chunks_[chunk] != nullptr;
  }

  // Heap memory held, in bytes: the chunks and the table of their addresses; not what elements own.
  std::size_t bytes() const {
    return chunk_count_ * kChunk * sizeof(T) + chunks_.capacity() * sizeof(chunks_[0]);
  }

 private:
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t chunk_count_ = 0;  // chunks that exist
};

}  // namespace ringcast
