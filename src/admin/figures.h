// All counters of the daemon at one moment, so that two moments make rates.
//
// Threads: any; the counters may be read while their owners write, so figures that are read one
// after the other need not belong to the same instant.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "admin/latency_quantile.h"
#include "admin/process_figures.h"
#include "admin/server_view.h"
#include "base/time.h"

namespace ringcast {

struct ShardFigures {
  std::uint64_t connections = 0;
  std::uint64_t capacity = 0;
  std::uint64_t streams = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t memory_bytes = 0;
  std::optional<double> cpu_seconds;
};

struct Figures {
  MonoTime at;
  UnixMillis wall = 0;
  std::vector<ShardFigures> shards;
  std::optional<double> sequencer_cpu_seconds;
  ProcessFigures process;

  std::uint64_t accepted = 0;
  std::array<std::uint64_t, kCloseReasons> closed{};
  std::array<std::uint64_t, kLimits> refused{};
  std::uint64_t published = 0;
  std::uint64_t events_refused = 0;
  std::uint64_t publishers = 0;
  std::uint64_t heartbeats = 0;
  std::uint64_t gaps = 0;
  std::uint64_t stalls = 0;
  LatencyBuckets latency{};
  std::uint64_t channels = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t history_memory_bytes = 0;  // what log_bytes may be; 0: no limit
  std::uint64_t directory_bytes = 0;
  std::uint64_t tcp_memory_bytes = 0;

  // Over all shards.
  std::uint64_t Sum(std::uint64_t ShardFigures::*member) const;
};

Figures ReadFigures(const ServerView& view, MonoTime now, UnixMillis wall);

// Growth of a counter by the second.
double Rate(std::uint64_t before, std::uint64_t now, double seconds);

// The deliveries of `now` that `before` did not have.
LatencyBuckets Difference(const LatencyBuckets& before, const LatencyBuckets& now);

}  // namespace ringcast
