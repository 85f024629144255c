// Quantiles of the publish-to-send time, estimated from the histogram's buckets.
//
// Threads: any; pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "shard/shard_options.h"

namespace ringcast {

// Deliveries by bucket; the last one holds what was beyond the last bound.
using LatencyBuckets = std::array<std::uint64_t, kLatencyBoundsUs.size() + 1>;

// Seconds that the share `quantile` of the deliveries did not exceed, taking those of one bucket to
// be spread evenly over it, as Prometheus' histogram_quantile() does; beyond the last bound it is
// the last bound. Nothing without deliveries. REQUIRES: 0 < quantile < 1.
std::optional<double> LatencyQuantile(const LatencyBuckets& buckets, double quantile);

}  // namespace ringcast
