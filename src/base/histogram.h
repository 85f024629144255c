// A histogram of 64-bit values with a bounded relative error: every power of two is cut into
// 2^kSubBucketBits equal parts, so small values are counted exactly and a large one to within
// 1 / 2^kSubBucketBits of itself (0.8% for 7 bits) over the whole range of 64 bits. Made for
// latencies in nanoseconds, where both microseconds and minutes occur.
//
// It lies in one piece (58 KiB for 7 bits) and never allocates: recording is a shift, an addition
// and a store. Histograms of several threads are merged afterwards.
//
// Threads: one at a time.
// Invariants: the counts of all buckets add up to Count(). Min() and Max() are exact.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace ringcast {

template <unsigned kSubBucketBits = 7>
class Histogram {
  static_assert(kSubBucketBits >= 1 && kSubBucketBits <= 14, "from 1 KiB to 6.4 MiB in all");

 public:
  // Counts `value` `count` times.
  void Record(std::uint64_t value, std::uint64_t count = 1) {
    if (count == 0) return;
    buckets_[BucketOf(value)] += count;
    count_ += count;
    sum_ += static_cast<double>(value) * static_cast<double>(count);
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  std::uint64_t Count() const { return count_; }
  std::uint64_t Min() const { return count_ == 0 ? 0 : min_; }  // 0 when empty
  std::uint64_t Max() const { return max_; }                    // 0 when empty
  // From the values themselves, not from their buckets; 0 when empty.
  double Mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  // The sum of all values, as a double holds it (53 bits).
  double Sum() const { return sum_; }

  // The least value that at least `percentile` % of the recorded values do not exceed, rounded up
  // to its bucket's end and never beyond Max(): at most 1 / 2^kSubBucketBits too high, never too
  // low. 0 when empty. REQUIRES: 0 <= percentile <= 100.
  std::uint64_t ValueAtPercentile(double percentile) const {
    RC_CHECK(percentile >= 0 && percentile <= 100, "a percentile lies between 0 and 100");
    if (count_ == 0) return 0;
    // 99.9% of 1000 is the 999th value, though the product in doubles comes out a little above 999:
    // allow for the rounding before taking the next whole rank.
    const double product = percentile / 100 * static_cast<double>(count_);
    const double rank = std::ceil(product * (1 - 1e-13));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (buckets_[i] > 0 && static_cast<double>(seen) >= rank) {
        return std::min(UpperValue(i), max_);
      }
    }
    return max_;
  }

  // Adds all that `other` has counted.
  void Merge(const Histogram& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
  }

  void Reset() {
    buckets_.fill(0);
    count_ = 0;
    sum_ = 0;
    min_ = UINT64_MAX;
    max_ = 0;
  }

  // Calls fn(upper_value, count) for each bucket that is not empty, in rising order. upper_value is
  // the greatest value that the bucket counts.
  template <class Fn>
  void ForEachBucket(Fn&& fn) const {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i] > 0) fn(UpperValue(i), buckets_[i]);
    }
  }

 private:
  static constexpr std::size_t kPerOctave = std::size_t{1} << kSubBucketBits;

  // Values below kPerOctave have a bucket each. From there on, the kSubBucketBits bits behind the
  // leading one choose the bucket of the octave; the bits after them are dropped.
  static std::size_t BucketOf(std::uint64_t value) {
    if (value < kPerOctave) return static_cast<std::size_t>(value);
    const unsigned dropped = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBucketBits;
    return dropped * kPerOctave + static_cast<std::size_t>(value >> dropped);
  }

  static std::uint64_t UpperValue(std::size_t bucket) {
    if (bucket < kPerOctave) return bucket;
    const std::size_t dropped = bucket / kPerOctave - 1;
    const std::uint64_t kept = bucket - dropped * kPerOctave;
    // Modulo 2^64: the last bucket ends at the greatest value.
    return ((kept + 1) << dropped) - 1;
  }

  std::array<std::uint64_t, (64 - kSubBucketBits + 1) * kPerOctave> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
};

}  // namespace ringcast
