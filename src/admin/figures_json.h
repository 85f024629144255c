// One second of the daemon's life as a JSON object: the data of an event of the stream of figures,
// which the dashboard and `ringcast top` draw.
//
//   {"time_ms", "version", "uptime_seconds", "state": "starting" | "ready" | "draining",
//    "connections": {"now", "streams", "capacity", "accepted", "accepted_rate"},
//    "closed": [{"reason", "total", "rate"}], "refused": [{"limit", "total", "rate"}],
//    "events": {"published", "rate", "refused", "publishers"},
//    "deliveries": {"total", "rate"}, "sent_bytes": {"total", "rate"},
//    "latency": {"count", "p50_seconds", "p99_seconds"},
//    "streams": {"heartbeats_rate", "gaps", "stalls"},
//    "memory": {"resident_bytes", "log_bytes", "history_memory_bytes", "directory_bytes",
//               "shards_bytes", "tcp_bytes"},
//    "cpu": {"process", "sequencer"},
//    "shards": [{"connections", "streams", "capacity", "deliveries_rate", "sent_bytes_rate",
//                "memory_bytes", "cpu"}],
//    "channels": {"count", "top": [{"name", "subscribers", ...}]}, "viewers"}
//
// Rates are by the second, CPU in cores. A latency is null when nothing was delivered, a CPU share
// when the kernel does not tell it.
//
// Threads: any; pure.
#pragma once

#include <string>
#include <string_view>

#include "admin/figures.h"

namespace ringcast {

// What is no counter.
struct DaemonState {
  std::string_view phase;  // "starting", "ready" or "draining"
  std::uint64_t uptime_seconds = 0;
  std::size_t viewers = 0;  // streams of figures
};

// REQUIRES: `before` and `now` are of the same shards, and `before` is earlier.
std::string FiguresJson(const Figures& before, const Figures& now,
                        const ReportBox::Report& channels, const DaemonState& state);

}  // namespace ringcast
