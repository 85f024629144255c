#include "base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

// The greatest value of the bucket that counts `value`.
template <unsigned kBits>
std::uint64_t BucketEnd(std::uint64_t value) {
  static Histogram<kBits> histogram;
  histogram.Reset();
  histogram.Record(value, 3);
  std::uint64_t end = 0;
  int buckets = 0;
  histogram.ForEachBucket([&](std::uint64_t upper_value, std::uint64_t count) {
    end = upper_value;
    EXPECT_EQ(count, 3u);
    ++buckets;
  });
  EXPECT_EQ(buckets, 1);
  return end;
}

template <unsigned kBits>
void ExpectBounded(std::uint64_t value) {
  const std::uint64_t end = BucketEnd<kBits>(value);
  ASSERT_GE(end, value);
  ASSERT_LE(end - value, value >> kBits) << value;
  ASSERT_EQ(BucketEnd<kBits>(end), end) << "a bucket's end belongs to it";
  if (end == UINT64_MAX) return;
  ASSERT_GT(BucketEnd<kBits>(end + 1), end) << "and the next value to another";
}

TEST(Histogram, CountsSmallValuesExactly) {
  for (std::uint64_t value = 0; value < 256; ++value) EXPECT_EQ(BucketEnd<7>(value), value);
  EXPECT_EQ(BucketEnd<7>(256), 257u);
}

TEST(Histogram, ErrsByNoMoreThanItsBound) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (std::uint64_t near : {UINT64_MAX, std::uint64_t{0}, std::uint64_t{1}}) {
      ExpectBounded<7>((std::uint64_t{1} << bit) + near);
      ExpectBounded<1>((std::uint64_t{1} << bit) + near);
    }
  }
  ExpectBounded<7>(UINT64_MAX);
  const std::uint64_t seed = 99;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Rng rng(seed);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t value = rng.Next() >> rng.Below(64);
    ExpectBounded<7>(value);
    ExpectBounded<3>(value);
  }
}

TEST(Histogram, IsZeroWhenEmpty) {
  Histogram<> histogram;
  EXPECT_EQ(histogram.Count(), 0u);
  EXPECT_EQ(histogram.Min(), 0u);
  EXPECT_EQ(histogram.Max(), 0u);
  EXPECT_EQ(histogram.Mean(), 0.0);
  EXPECT_EQ(histogram.ValueAtPercentile(50), 0u);
  histogram.Record(5, 0);
  EXPECT_EQ(histogram.Count(), 0u);
  EXPECT_EQ(histogram.Max(), 0u);
}

TEST(Histogram, KnowsItsSimpleFigures) {
  Histogram<> histogram;
  histogram.Record(10);
  histogram.Record(1000000, 2);
  histogram.Record(40);
  EXPECT_EQ(histogram.Count(), 4u);
  EXPECT_EQ(histogram.Min(), 10u);
  EXPECT_EQ(histogram.Max(), 1000000u);
  EXPECT_DOUBLE_EQ(histogram.Mean(), 2000050.0 / 4);
  EXPECT_DOUBLE_EQ(histogram.Sum(), 2000050.0);
  histogram.Reset();
  EXPECT_EQ(histogram.Count(), 0u);
  EXPECT_EQ(histogram.Min(), 0u);
  histogram.ForEachBucket([](std::uint64_t, std::uint64_t) { ADD_FAILURE(); });
}

TEST(Histogram, FindsRanksWithoutRoundingThemAway) {
  Histogram<> histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) histogram.Record(value, 10);
  for (unsigned percent = 1; percent <= 100; ++percent) {
    EXPECT_EQ(histogram.ValueAtPercentile(percent), percent);
  }
  EXPECT_EQ(histogram.ValueAtPercentile(0), 1u);
  // A thousand values, each counted exactly, asked for in tenths that no double holds exactly.
  Histogram<10> thousand;
  for (std::uint64_t value = 1; value <= 1000; ++value) thousand.Record(value);
  for (unsigned tenths = 1; tenths <= 1000; ++tenths) {
    EXPECT_EQ(thousand.ValueAtPercentile(tenths / 10.0), tenths);
  }
  EXPECT_EQ(thousand.ValueAtPercentile(99.91), 1000u);
}

TEST(Histogram, AgreesWithSortedValues) {
  const std::uint64_t seed = 4711;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Rng rng(seed);
  Histogram<> histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 10007; ++i) {
    values.push_back(rng.Next() >> (20 + rng.Below(30)));
    histogram.Record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (double percentile : {0.01, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percentile / 100 * 10007));
    const std::uint64_t exact = values[rank - 1];
    const std::uint64_t told = histogram.ValueAtPercentile(percentile);
    EXPECT_GE(told, exact) << percentile;
    EXPECT_LE(told - exact, exact / 128) << percentile;
  }
  EXPECT_EQ(histogram.ValueAtPercentile(100), values.back());
}

TEST(Histogram, MergesAsIfRecordedTogether) {
  Rng rng(8);
  Histogram<> parts[2], whole;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t value = rng.Next() >> rng.Below(60);
    parts[i % 2].Record(value);
    whole.Record(value);
  }
  parts[0].Merge(parts[1]);
  parts[0].Merge(Histogram<>());
  EXPECT_EQ(parts[0].Count(), whole.Count());
  EXPECT_EQ(parts[0].Min(), whole.Min());
  EXPECT_EQ(parts[0].Max(), whole.Max());
  EXPECT_NEAR(parts[0].Mean() / whole.Mean(), 1, 1e-9);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> merged, together;
  auto collect = [](auto& into) {
    return [&into](std::uint64_t upper, std::uint64_t count) { into.emplace_back(upper, count); };
  };
  parts[0].ForEachBucket(collect(merged));
  whole.ForEachBucket(collect(together));
  EXPECT_EQ(merged, together);
  EXPECT_TRUE(std::is_sorted(merged.begin(), merged.end()));
}

TEST(HistogramDeathTest, RefusesAnImpossiblePercentile) {
  Histogram<> histogram;
  EXPECT_DEATH(histogram.ValueAtPercentile(100.5), "between 0 and 100");
  EXPECT_DEATH(histogram.ValueAtPercentile(std::nan("")), "between 0 and 100");
}

}  // namespace
}  // namespace ringcast
