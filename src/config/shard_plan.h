// How many shards there will be and how many connections each of them takes, from the options and
// what the process may use. One arithmetic for the server, which keeps to it, and for those who
// want to know beforehand.
//
// Threads: a plain value and a pure function.
// Invariants (of what PlanShards returns): the capacities add up to `connections`, and with its
// spare slots each shard's table stays within the limit of descriptors.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "config/options.h"

namespace ringcast {

// What the process may use.
struct ShardGround {
  std::uint64_t file_limit = 0;  // RLIMIT_NOFILE, which bounds the table of each ring
  unsigned cores = 1;
  std::uint32_t backlog = 0;  // connections that may wait at one listener
};

// One shard's share of what all shards hold together.
std::uint32_t ShareOf(std::uint64_t total, std::uint32_t shards, std::uint32_t shard);

struct ShardPlan {
  std::uint32_t shards = 0;
  std::uint64_t connections = 0;     // of all shards together
  std::uint64_t most_per_shard = 0;  // what one could hold
  ShardGround ground;

  std::uint32_t Capacity(std::uint32_t shard) const;
  // Size of a shard's table. With two backlogs' worth more than it needs, one for what comes at
  // once and one for what is being passed on, accepting in bulk is safe to the last.
  std::uint32_t DirectSlots(std::uint32_t shard) const;
};

// Error: max-connections does not fit, with what would mend it.
Result<ShardPlan> PlanShards(const ServeOptions& options, const ShardGround& ground);

}  // namespace ringcast
