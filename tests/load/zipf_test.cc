#include "load/zipf.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringcast {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr int kDraws = 200'000;

std::vector<int> Draw(std::uint32_t count, double exponent) {
  Zipf zipf(count, exponent, kSeed);
  std::vector<int> drawn(count, 0);
  for (int i = 0; i < kDraws; ++i) ++drawn[zipf.Next()];
  return drawn;
}

TEST(Zipf, WeightsFallWithTheNumber) {
  // 1 + 1/2 + 1/3 + 1/4 = 25/12.
  const std::vector<int> drawn = Draw(4, 1);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const double share = 12.0 / 25 / static_cast<double>(i + 1);
    EXPECT_NEAR(drawn[i], share * kDraws, 0.02 * kDraws) << i;
  }
  // 1 + 1/4 = 5/4.
  EXPECT_NEAR(Draw(2, 2)[0], 0.8 * kDraws, 0.02 * kDraws);
}

TEST(Zipf, WithoutAnExponentAllAreAlike) {
  for (const int drawn : Draw(10, 0)) EXPECT_NEAR(drawn, kDraws / 10, 0.01 * kDraws);
}

TEST(Zipf, TheSameSeedDrawsTheSame) {
  Zipf one(1'000'000, 1, kSeed);
  Zipf other(1'000'000, 1, kSeed);
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t drawn = one.Next();
    EXPECT_EQ(drawn, other.Next());
    EXPECT_LT(drawn, 1'000'000u);
  }
}

TEST(Zipf, OneIsAlwaysTheSame) {
  Zipf zipf(1, 1, kSeed);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(zipf.Next(), 0u);
}

}  // namespace
}  // namespace ringcast
