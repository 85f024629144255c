#include "admin/latency_quantile.h"

#include <numeric>

namespace ringcast {

std::optional<double> LatencyQuantile(const LatencyBuckets& buckets, double quantile) {
  constexpr double kMicrosASecond = 1e6;
  const std::uint64_t total = std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
  if (total == 0) return std::nullopt;
  const double rank = quantile * static_cast<double>(total);
  double below = 0;
  double lower_us = 0;
  for (std::size_t i = 0; i < kLatencyBoundsUs.size(); ++i) {
    const auto inside = static_cast<double>(buckets[i]);
    const double upper_us = kLatencyBoundsUs[i];
    if (inside > 0 && below + inside >= rank) {
      return (lower_us + (upper_us - lower_us) * (rank - below) / inside) / kMicrosASecond;
    }
    below += inside;
    lower_us = upper_us;
  }
  return kLatencyBoundsUs.back() / kMicrosASecond;
}

}  // namespace ringcast
