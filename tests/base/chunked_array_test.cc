#include "base/chunked_array.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace ringcast {
namespace {

TEST(ChunkedArray, IsEmptyAtFirst) {
  ChunkedArray<int, 4> array;
  EXPECT_FALSE(array.Has(0));
  EXPECT_FALSE(array.Has(kNoIndex));
  EXPECT_EQ(array.bytes(), 0u);
}

TEST(ChunkedArray, MakesOnlyTheChunkAskedFor) {
  ChunkedArray<int, 4> array;
  array.EnsureIndex(9);
  for (std::uint32_t i = 0; i < 16; ++i) EXPECT_EQ(array.Has(i), i >= 8 && i < 12) << i;
  const std::size_t one_chunk = array.bytes();
  array.EnsureIndex(11);
  EXPECT_EQ(array.bytes(), one_chunk);
  array.EnsureIndex(1);
  EXPECT_EQ(array.bytes(), one_chunk + 4 * sizeof(int));
}

TEST(ChunkedArray, ValueInitialises) {
  ChunkedArray<std::uint64_t, 8> array;
  array.EnsureIndex(0);
  for (std::uint32_t i = 0; i < 8; ++i) EXPECT_EQ(array[i], 0u);
}

TEST(ChunkedArray, NeverMovesAnElement) {
  ChunkedArray<std::uint32_t, 16> array;
  std::vector<std::uint32_t*> addresses;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    array.EnsureIndex(i);
    array[i] = i * 3;
    addresses.push_back(&array[i]);
  }
  const ChunkedArray<std::uint32_t, 16>& constant = array;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(&array[i], addresses[i]);
    EXPECT_EQ(constant[i], i * 3);
  }
}

TEST(ChunkedArray, HoldsElementsThatCannotBeMoved) {
  struct Pinned {
    Pinned() = default;
    Pinned(const Pinned&) = delete;
    int value = 7;
  };
  ChunkedArray<Pinned, 2> array;
  array.EnsureIndex(0);
  array.EnsureIndex(5);
  EXPECT_EQ(array[5].value, 7);
}

TEST(ChunkedArrayDeathTest, RefusesAnElementThatIsNotThere) {
  ChunkedArray<int, 4> array;
  array.EnsureIndex(8);
  EXPECT_DEATH(array[7] = 1, "never made");
  EXPECT_DEATH(array[12] = 1, "never made");
  EXPECT_DEATH(array.EnsureIndex(kNoIndex), "names no element");
}

}  // namespace
}  // namespace ringcast
