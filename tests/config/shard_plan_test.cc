#include "config/shard_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "hub/budget.h"

namespace ringcast {
namespace {

constexpr ShardGround kSmall{.file_limit = 20'000, .cores = 2, .backlog = 4096};

ServeOptions With(std::uint64_t connections, std::uint32_t shards = 0) {
  ServeOptions options;
  options.max_connections = connections;
  options.shards = shards;
  return options;
}

// Whatever the options: all connections have a place, and no table is larger than the limit.
void ExpectSound(const ShardPlan& plan) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < plan.shards; ++i) {
    sum += plan.Capacity(i);
    EXPECT_LE(plan.Capacity(i), plan.most_per_shard);
    EXPECT_GT(plan.DirectSlots(i), 0u);
    EXPECT_LE(plan.DirectSlots(i), std::max<std::uint64_t>(1, plan.ground.file_limit));
    if (plan.ground.file_limit >= 2 * budget::kSpareSlots) {
      EXPECT_GE(plan.DirectSlots(i), plan.Capacity(i) + budget::kSpareSlots);
    }
  }
  EXPECT_EQ(sum, plan.connections);
}

TEST(ShardPlan, IsOneShardACoreUntilTheLimitAsksForMore) {
  EXPECT_EQ(PlanShards(With(30'000), kSmall)->shards, 2u);
  EXPECT_EQ(PlanShards(With(39'488), kSmall)->shards, 2u);
  EXPECT_EQ(PlanShards(With(39'489), kSmall)->shards, 3u);
  EXPECT_EQ(PlanShards(With(1'000'000), kSmall)->shards, 51u);
}

TEST(ShardPlan, IsSoundForAllSizes) {
  for (const std::uint64_t limit : {1u, 2u, 100u, 512u, 1024u, 20'000u, 1u << 20, 1u << 30}) {
    for (const std::uint32_t shards : {0u, 1u, 2u, 17u}) {
      for (const std::uint64_t connections : {0u, 1u, 1000u, 100'000u, 1'000'000u}) {
        const ShardGround ground{.file_limit = limit, .cores = 3, .backlog = 4096};
        const Result<ShardPlan> plan = PlanShards(With(connections, shards), ground);
        if (!plan) continue;
        SCOPED_TRACE(std::to_string(limit) + " " + std::to_string(shards) + " " +
                     std::to_string(connections));
        if (connections > 0) {
          EXPECT_EQ(plan->connections, connections);
        }
        if (shards > 0) {
          EXPECT_EQ(plan->shards, shards);
        }
        ExpectSound(*plan);
      }
    }
  }
}

TEST(ShardPlan, WhatDoesNotFitIsRefusedWithWhatWould) {
  const Result<ShardPlan> plan = PlanShards(With(100'000, 2), kSmall);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message,
            "max-connections = 100000 does not fit: 2 shards hold 39488 under RLIMIT_NOFILE = "
            "20000; raise the limit, or shards to 6");
  EXPECT_TRUE(PlanShards(With(100'000, 6), kSmall)) << "the advice holds";
  EXPECT_FALSE(PlanShards(With(100'000, 5), kSmall));
}

TEST(ShardPlan, WithoutANumberItTakesWhatTheLimitAllowsWithinReason) {
  EXPECT_EQ(PlanShards(With(0), kSmall)->connections, 2u * (20'000 - budget::kSpareSlots));
  EXPECT_EQ(PlanShards(With(0), {.file_limit = 1 << 20, .cores = 2, .backlog = 0})->connections,
            2u * 128 * 1024);
}

}  // namespace
}  // namespace ringcast
