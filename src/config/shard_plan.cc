#include "config/shard_plan.h"

#include <algorithm>
#include <string>

#include "hub/budget.h"

namespace ringcast {
namespace {

// A shard's table when nothing says how many connections to expect: 8 bytes of kernel memory a
// slot.
constexpr std::uint64_t kMostAutomaticSlots = 128 * 1024;
// The kernel takes no larger table.
constexpr std::uint64_t kMostSlots = std::uint64_t{1} << 20;
// More threads than this make no sense on any machine.
constexpr std::uint64_t kMostAutomaticShards = 1024;

}  // namespace

std::uint32_t ShareOf(std::uint64_t total, std::uint32_t shards, std::uint32_t shard) {
  return static_cast<std::uint32_t>(total / shards + (shard < total % shards ? 1 : 0));
}

std::uint32_t ShardPlan::Capacity(std::uint32_t shard) const {
  return ShareOf(connections, shards, shard);
}

std::uint32_t ShardPlan::DirectSlots(std::uint32_t shard) const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(
      ground.file_limit,
      Capacity(shard) + budget::kSpareSlots + std::uint64_t{2} * ground.backlog));
}

Result<ShardPlan> PlanShards(const ServeOptions& options, const ShardGround& ground) {
  const std::uint64_t most_slots =
      std::max<std::uint64_t>(1, std::min(ground.file_limit, kMostSlots));
  const std::uint64_t most_here =
      most_slots - std::min<std::uint64_t>(budget::kSpareSlots, most_slots / 2);
  const std::uint64_t wanted = options.max_connections;
  const std::uint64_t needed = (wanted + most_here - 1) / most_here;
  std::uint32_t shards = options.shards;
  if (shards == 0) {
    // One a core, and as many more as the descriptor limit of one ring's table makes necessary.
    shards = std::max(ground.cores, static_cast<unsigned>(std::min(needed, kMostAutomaticShards)));
  }
  const std::uint64_t fitting = most_here * shards;
  if (wanted > fitting) {
    return Error{"max-connections = " + std::to_string(wanted) + " does not fit: " +
                 std::to_string(shards) + " shards hold " + std::to_string(fitting) +
                 " under RLIMIT_NOFILE = " + std::to_string(ground.file_limit) +
                 "; raise the limit, or shards to " + std::to_string(needed)};
  }
  return ShardPlan{
      .shards = shards,
      .connections = wanted > 0 ? wanted : std::min(most_here, kMostAutomaticSlots) * shards,
      .most_per_shard = most_here,
      .ground = ground};
}

}  // namespace ringcast
