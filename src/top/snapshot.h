// One second of a daemon, as its stream of figures tells it (admin/figures_json.h), read back.
//
// Threads: plain values and a pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringcast {

struct Snapshot {
  // A counter with a name: so many in all, so many a second.
  struct Count {
    std::string name;
    std::uint64_t total = 0;
    double rate = 0;
  };
  struct Shard {
    std::uint64_t streams = 0;
    std::uint64_t connections = 0;
    std::uint64_t capacity = 0;
    double deliveries_rate = 0;
    double sent_bytes_rate = 0;
    std::optional<double> cpu;  // in cores
  };
  struct Channel {
    std::string name;
    std::uint64_t subscribers = 0;
    std::uint64_t history_events = 0;
    std::uint64_t history_bytes = 0;
  };

  std::string version;
  std::string state;  // "starting", "ready", "draining"
  std::uint64_t time_ms = 0;
  std::uint64_t uptime_seconds = 0;
  std::uint64_t connections = 0;
  std::uint64_t streams = 0;
  std::uint64_t capacity = 0;
  double accepted_rate = 0;
  std::uint64_t published = 0;
  double events_rate = 0;
  std::uint64_t publishers = 0;
  Count deliveries;
  Count sent_bytes;
  std::optional<double> p50_seconds;  // nothing when nothing was delivered
  std::optional<double> p99_seconds;
  std::uint64_t resident_bytes = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t history_memory_bytes = 0;  // 0: no limit
  std::optional<double> cpu;
  std::optional<double> sequencer_cpu;
  std::vector<Count> closed;
  std::vector<Count> refused;
  std::vector<Shard> shards;
  std::uint64_t channel_count = 0;
  std::vector<Channel> channels;  // the busiest
};

// Members that are not there keep their defaults, so that a top of one version can look at a daemon
// of another. The error says why the text is no snapshot at all.
Result<Snapshot> ReadSnapshot(std::string_view json);

}  // namespace ringcast
