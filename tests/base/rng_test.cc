#include "base/rng.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace ringcast {
namespace {

// xoshiro256** with the state that splitmix64 gives for the seed 0: the first words of both are
// published (splitmix64 of 0 begins e220a8397b1dcdaf, 6e789e6aa1b965f4).
TEST(Rng, GivesTheNumbersOfItsDefinition) {
  const std::uint64_t s1 = 0x6e789e6aa1b965f4;
  const std::uint64_t times5 = s1 * 5;
  const std::uint64_t first = (times5 << 7 | times5 >> 57) * 9;
  EXPECT_EQ(Rng(0).Next(), first);
  EXPECT_EQ(first, 0x99ec5f36cb75f2b4u);
}

TEST(Rng, RepeatsForTheSameSeedOnly) {
  Rng a(5), b(5), c(6);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = a.Next();
    EXPECT_EQ(value, b.Next());
    EXPECT_NE(value, c.Next());
    seen.insert(value);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Rng, BelowIsEvenlySpread) {
  Rng rng(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[rng.Below(7)];
  // 10,000 expected in each; five standard deviations are 463.
  for (int count : counts) EXPECT_NEAR(count, 10000, 463);
}

// For n = 3 * 2^62 a plain remainder would hit the lowest third twice as often as each other.
TEST(Rng, BelowHasNoBias) {
  Rng rng(2);
  const std::uint64_t third = std::uint64_t{1} << 62;
  std::array<int, 3> counts{};
  for (int i = 0; i < 30000; ++i) ++counts[rng.Below(3 * third) / third];
  for (int count : counts) EXPECT_NEAR(count, 10000, 410);
}

TEST(Rng, BelowOneIsZero) {
  Rng rng(3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.Below(1), 0u);
}

TEST(Rng, JitteredFillsItsRange) {
  Rng rng(4);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 2000; ++i) seen.insert(rng.Jittered(100, 0.1));
  EXPECT_EQ(*seen.begin(), 90u);
  EXPECT_EQ(*seen.rbegin(), 110u);
  EXPECT_EQ(seen.size(), 21u);
  EXPECT_EQ(rng.Jittered(100, 0), 100u);
  EXPECT_EQ(rng.Jittered(0, 1), 0u);
  for (int i = 0; i < 1000; ++i) EXPECT_LE(rng.Jittered(3, 1), 6u);
}

TEST(RngDeathTest, RefusesEmptyRanges) {
  Rng rng(5);
  EXPECT_DEATH(rng.Below(0), "no number below zero");
  EXPECT_DEATH(rng.Jittered(10, 1.5), "part of its base");
  EXPECT_DEATH(rng.Jittered(10, -0.5), "part of its base");
}

}  // namespace
}  // namespace ringcast
