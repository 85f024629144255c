#include "top/snapshot.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(Snapshot, IsReadFromTheFigures) {
  const Result<Snapshot> read = ReadSnapshot(R"({
    "version": "1.2.3", "state": "draining", "uptime_seconds": 61, "time_ms": 1700000000000,
    "connections": {"now": 12, "streams": 10, "capacity": 100, "accepted_rate": 1.5},
    "closed": [{"reason": "client", "total": 7, "rate": 0.5}],
    "refused": [{"limit": "max_connections", "total": 3, "rate": 0}],
    "events": {"published": 5, "rate": 2, "publishers": 1},
    "deliveries": {"total": 50, "rate": 20.5}, "sent_bytes": {"total": 5000, "rate": 2050},
    "latency": {"count": 0, "p50_seconds": null, "p99_seconds": 0.25},
    "memory": {"resident_bytes": 4096, "log_bytes": 100, "history_memory_bytes": 200},
    "cpu": {"process": 0.5, "sequencer": null},
    "shards": [{"connections": 12, "streams": 10, "capacity": 100, "deliveries_rate": 20.5,
                "sent_bytes_rate": 2050, "cpu": 0.4}],
    "channels": {"count": 30, "top": [{"name": "a", "subscribers": 10, "history_events": 5,
                                       "history_bytes": 100}]}})");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->version, "1.2.3");
  EXPECT_EQ(read->state, "draining");
  EXPECT_EQ(read->streams, 10u);
  EXPECT_EQ(read->capacity, 100u);
  EXPECT_EQ(read->accepted_rate, 1.5);
  EXPECT_EQ(read->deliveries.total, 50u);
  EXPECT_EQ(read->deliveries.rate, 20.5);
  EXPECT_FALSE(read->p50_seconds.has_value());
  EXPECT_EQ(read->p99_seconds, 0.25);
  EXPECT_FALSE(read->sequencer_cpu.has_value());
  ASSERT_EQ(read->closed.size(), 1u);
  EXPECT_EQ(read->closed[0].name, "client");
  EXPECT_EQ(read->closed[0].total, 7u);
  EXPECT_EQ(read->refused[0].name, "max_connections");
  ASSERT_EQ(read->shards.size(), 1u);
  EXPECT_EQ(read->shards[0].cpu, 0.4);
  EXPECT_EQ(read->channel_count, 30u);
  EXPECT_EQ(read->channels[0].name, "a");
}

TEST(Snapshot, OfAnotherVersionMayLackMembersOrHaveThemOtherwise) {
  const Result<Snapshot> read =
      ReadSnapshot(R"({"connections": 3, "shards": {}, "channels": [], "cpu": {"process": "x"}})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->streams, 0u);
  EXPECT_TRUE(read->shards.empty());
  EXPECT_FALSE(read->cpu.has_value());
}

TEST(Snapshot, WhatIsNoneIsRefused) {
  EXPECT_FALSE(ReadSnapshot("").ok());
  EXPECT_FALSE(ReadSnapshot("{\"state\":").ok());
  EXPECT_FALSE(ReadSnapshot("[]").ok());
}

}  // namespace
}  // namespace ringcast
