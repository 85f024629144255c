#include "admin/figures.h"

#include <charconv>
#include <string_view>

#include "admin/metrics.h"

namespace ringcast {
namespace {

constexpr std::string_view kShardThread = "shard-";

// Puts each thread's time where its name says (Server names the threads).
void PlaceThreadTimes(Figures& figures) {
  for (const auto& [name, seconds] : ReadThreadTimes()) {
    if (name == "sequencer") figures.sequencer_cpu_seconds = seconds;
    if (!name.starts_with(kShardThread)) continue;
    const char* const begin = name.data() + kShardThread.size();
    const char* const end = name.data() + name.size();
    std::size_t number = 0;
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (error == std::errc() && stop == end && number < figures.shards.size()) {
      figures.shards[number].cpu_seconds = seconds;
    }
  }
}

}  // namespace

std::uint64_t Figures::Sum(std::uint64_t ShardFigures::*member) const {
  std::uint64_t sum = 0;
  for (const ShardFigures& shard : shards) sum += shard.*member;
  return sum;
}

Figures ReadFigures(const ServerView& view, MonoTime now, UnixMillis wall) {
  Figures figures;
  figures.at = now;
  figures.wall = wall;
  for (const ShardPublic* shard : view.shards) {
    const ShardStats& stats = shard->stats;
    figures.shards.push_back({.connections = stats.connections.Get(),
                              .capacity = shard->capacity.Get(),
                              .streams = stats.streams.Get(),
                              .deliveries = stats.deliveries.Get(),
                              .sent_bytes = stats.sent_bytes.Get(),
                              .memory_bytes = stats.memory_bytes.Get(),
                              .cpu_seconds = {}});
    figures.accepted += stats.accepted.Get();
    figures.heartbeats += stats.heartbeats.Get();
    figures.gaps += stats.gaps.Get();
    figures.stalls += stats.stalls.Get();
    for (std::size_t i = 0; i < kCloseReasons; ++i) figures.closed[i] += stats.closed[i].Get();
    for (std::size_t i = 0; i < figures.latency.size(); ++i) {
      figures.latency[i] += stats.latency[i].Get();
    }
  }
  for (std::size_t i = 0; i < kLimits; ++i) figures.refused[i] = OverLimit(view, i);
  const SequencerStats& sequencer = *view.sequencer;
  figures.published = sequencer.published.Get();
  figures.events_refused = sequencer.refused.Get();
  figures.publishers = sequencer.publishers.Get();
  figures.channels = sequencer.channels.Get();
  figures.log_bytes = sequencer.log_bytes.Get();
  figures.history_memory_bytes = sequencer.history_memory.Get();
  figures.directory_bytes = sequencer.memory_bytes.Get();
  figures.process = ReadProcess();
  figures.tcp_memory_bytes = ReadTcpMemory();
  PlaceThreadTimes(figures);
  return figures;
}

double Rate(std::uint64_t before, std::uint64_t now, double seconds) {
  if (seconds <= 0 || now <= before) return 0;
  return static_cast<double>(now - before) / seconds;
}

LatencyBuckets Difference(const LatencyBuckets& before, const LatencyBuckets& now) {
  LatencyBuckets difference{};
  for (std::size_t i = 0; i < now.size(); ++i) difference[i] = now[i] - before[i];
  return difference;
}

}  // namespace ringcast
