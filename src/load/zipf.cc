#include "load/zipf.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace ringcast {

Zipf::Zipf(std::uint32_t count, double exponent, std::uint64_t seed) : count_(count), rng_(seed) {
  RC_CHECK(count > 0 && exponent >= 0, "there is something to draw, and the first is no rarer");
  if (exponent == 0) return;
  sums_.reserve(count);
  double sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    sum += std::pow(static_cast<double>(i) + 1, -exponent);
    sums_.push_back(sum);
  }
}

std::uint32_t Zipf::Next() {
  if (sums_.empty()) return static_cast<std::uint32_t>(rng_.Below(count_));
  constexpr double kSteps = 9007199254740992.0;  // 2^53: the doubles in [0, 1) that are drawn
  const double drawn = static_cast<double>(rng_.Next() >> 11) / kSteps * sums_.back();
  const auto at = std::upper_bound(sums_.begin(), sums_.end(), drawn) - sums_.begin();
  return static_cast<std::uint32_t>(std::min<std::ptrdiff_t>(at, count_ - 1));
}

}  // namespace ringcast
