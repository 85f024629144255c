// The figures of the daemon in Prometheus' text format.
//
// Threads: any; the counters may be read while their owners write.
#pragma once

#include <string>

#include "admin/server_view.h"

namespace ringcast {

std::string MetricsText(const ServerView& view);

// One counter of ShardStats summed over all shards.
template <class Pick>
std::uint64_t SumOverShards(const ServerView& view, Pick&& pick) {
  std::uint64_t sum = 0;
  for (const ShardPublic* shard : view.shards) sum += pick(shard->stats).Get();
  return sum;
}

// What was turned away because of a limit, by its number.
std::uint64_t OverLimit(const ServerView& view, std::size_t limit);

}  // namespace ringcast
