#include "admin/latency_quantile.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

// The bucket whose upper bound is so many microseconds.
std::size_t BucketUpTo(std::uint32_t bound_us) {
  for (std::size_t i = 0; i < kLatencyBoundsUs.size(); ++i) {
    if (kLatencyBoundsUs[i] == bound_us) return i;
  }
  return kLatencyBoundsUs.size();
}

TEST(LatencyQuantile, ThereIsNoneWithoutDeliveries) {
  EXPECT_FALSE(LatencyQuantile({}, 0.5).has_value());
}

TEST(LatencyQuantile, SpreadsABucketEvenly) {
  LatencyBuckets buckets{};
  buckets[BucketUpTo(1'000)] = 100;  // from 500 to 1000 us
  EXPECT_DOUBLE_EQ(*LatencyQuantile(buckets, 0.5), 750e-6);
  EXPECT_DOUBLE_EQ(*LatencyQuantile(buckets, 0.99), 995e-6);
}

TEST(LatencyQuantile, TheFirstBucketBeginsAtZero) {
  LatencyBuckets buckets{};
  buckets[0] = 10;
  EXPECT_DOUBLE_EQ(*LatencyQuantile(buckets, 0.5), 25e-6);
}

TEST(LatencyQuantile, PassesOverEmptyBuckets) {
  LatencyBuckets buckets{};
  buckets[BucketUpTo(50)] = 99;
  buckets[BucketUpTo(100'000)] = 1;  // from 75 to 100 ms
  EXPECT_DOUBLE_EQ(*LatencyQuantile(buckets, 0.99), 50e-6);
  EXPECT_GT(*LatencyQuantile(buckets, 0.995), 75e-3);
}

TEST(LatencyQuantile, BeyondTheLastBoundItIsThatBound) {
  LatencyBuckets buckets{};
  buckets.back() = 5;
  EXPECT_DOUBLE_EQ(*LatencyQuantile(buckets, 0.5), 10.0);
}

}  // namespace
}  // namespace ringcast
