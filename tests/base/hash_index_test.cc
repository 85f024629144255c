#include "base/hash_index.h"

#include <gtest/gtest.h>

#include <unordered_map>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

auto Is(std::uint32_t wanted) {
  return [wanted](std::uint32_t index) { return index == wanted; };
}

TEST(HashIndex, FindsNothingWhenEmpty) {
  HashIndex table;
  EXPECT_EQ(table.Find(1, [](std::uint32_t) { return true; }), kNoIndex);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST(HashIndex, FindsByHashAndKey) {
  HashIndex table;
  table.Insert(7, 100);
  table.Insert(7, 101);
  table.Insert(8, 102);
  EXPECT_EQ(table.Find(7, Is(100)), 100u);
  EXPECT_EQ(table.Find(7, Is(101)), 101u);
  EXPECT_EQ(table.Find(8, Is(102)), 102u);
  EXPECT_EQ(table.Find(8, Is(100)), kNoIndex);
  EXPECT_EQ(table.Find(9, [](std::uint32_t) { return true; }), kNoIndex);
}

TEST(HashIndex, AsksOnlyAboutEqualHashes) {
  HashIndex table;
  for (std::uint32_t i = 0; i < 12; ++i) table.Insert(16 * i, i);  // one slot for all of them
  int asked = 0;
  EXPECT_EQ(table.Find(16 * 11, [&](std::uint32_t index) { return ++asked, index == 11; }), 11u);
  EXPECT_EQ(asked, 1);
}

// Runs that wrap round the end of the table, an entry taken out at each place of them.
TEST(HashIndex, ClosesTheHoleInEveryRun) {
  for (std::uint64_t first = 0; first < 16; ++first) {
    for (std::uint32_t erased = 0; erased < 12; ++erased) {
      HashIndex table;
      auto hash = [&](std::uint32_t i) { return first + i / 2 * 16 * 5 + i / 3; };
      for (std::uint32_t i = 0; i < 12; ++i) table.Insert(hash(i), i);
      table.Erase(hash(erased), erased);
      for (std::uint32_t i = 0; i < 12; ++i) {
        ASSERT_EQ(table.Find(hash(i), Is(i)), i == erased ? kNoIndex : i)
            << "first " << first << ", erased " << erased;
      }
    }
  }
}

// hash_bits: how many different hashes there are; few make long runs and many equal hashes.
void CompareWithModel(std::uint64_t seed, unsigned hash_bits) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", hash bits " << hash_bits);
  Rng rng(seed);
  HashIndex table;
  std::unordered_map<std::uint32_t, std::uint64_t> model;
  std::vector<std::uint32_t> present;
  const std::uint32_t indices = 3000;
  for (int step = 0; step < 40000; ++step) {
    const auto index = static_cast<std::uint32_t>(rng.Below(indices));
    const auto found = model.find(index);
    const std::uint64_t any_hash = rng.Next() >> (64 - hash_bits);
    const bool filling = step / 10000 % 2 == 0;
    if (found == model.end()) {
      ASSERT_EQ(table.Find(any_hash, Is(index)), kNoIndex);
      if (filling || rng.Below(10) == 0) {
        table.Insert(any_hash, index);
        model.emplace(index, any_hash);
      }
    } else {
      ASSERT_EQ(table.Find(found->second, Is(index)), index);
      if (!filling || rng.Below(4) == 0) {
        table.Erase(found->second, index);
        model.erase(found);
      }
    }
    ASSERT_EQ(table.size(), model.size());
    const std::size_t slots = table.bytes() / 8;
    ASSERT_LE(table.size() * 4, slots * 3);
    ASSERT_TRUE(slots <= 16 || table.size() * 8 >= slots) << table.size() << " of " << slots;
  }
  for (const auto& [index, hash] : model) ASSERT_EQ(table.Find(hash, Is(index)), index);
}

TEST(HashIndex, AgreesWithAModel) {
  CompareWithModel(1, 64);
  CompareWithModel(2, 12);
  CompareWithModel(3, 6);
}

TEST(HashIndex, GoesBackToItsLeastSize) {
  HashIndex table;
  for (std::uint32_t i = 0; i < 1000; ++i) table.Insert(i * 0x9e3779b97f4a7c15, i);
  EXPECT_EQ(table.bytes(), 2048 * 8u);
  for (std::uint32_t i = 0; i < 1000; ++i) table.Erase(i * 0x9e3779b97f4a7c15, i);
  EXPECT_EQ(table.bytes(), 16 * 8u);
}

TEST(HashIndex, KeepsTheRoomItWasToldToExpect) {
  for (std::size_t expected : {1u, 12u, 13u, 96u, 97u, 1000u}) {
    HashIndex table(expected);
    const std::size_t bytes = table.bytes();
    for (std::uint32_t i = 0; i < expected; ++i) table.Insert(i, i);
    EXPECT_EQ(table.bytes(), bytes) << expected;
    EXPECT_TRUE(bytes == 16 * 8 || expected * 8 > bytes / 8 * 3) << "no larger than needed";
    for (std::uint32_t i = 0; i < expected; ++i) table.Erase(i, i);
    EXPECT_EQ(table.bytes(), bytes) << expected;
  }
}

TEST(HashIndexDeathTest, RefusesWhatWouldCorruptIt) {
  HashIndex table;
  EXPECT_DEATH(table.Erase(1, 1), "erased once");
  table.Insert(1, 1);
  EXPECT_DEATH(table.Erase(1, 2), "erased once");
  EXPECT_DEATH(table.Erase(2, 1), "erased once");
  EXPECT_DEATH(table.Insert(1, 1), "at most one entry");
  EXPECT_DEATH(table.Insert(1, kNoIndex), "names no element");
}

}  // namespace
}  // namespace ringcast
