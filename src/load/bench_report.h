// What a run of a benchmark found, and the two ways to tell it: a table for people and JSON for
// programs. What was not measured is left out of both.
//
// Threads: plain values; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/histogram.h"
#include "load/bench_options.h"
#include "load/meters.h"
#include "load/sequence_check.h"

namespace ringcast {

// While nothing was published: what heartbeats and timers cost.
struct QuietReport {
  double seconds = 0;
  std::uint64_t comments = 0;         // lines of comment received, as heartbeats are
  std::optional<CpuTime> server_cpu;  // in `seconds`
};

// Connections that were reset by the client and made anew.
struct ReconnectReport {
  std::uint64_t count = 0;
  double seconds = 0;              // in which they were: of churning, or until all were live again
  double churn_rate = 0;           // that was asked for; 0: all at once
  Histogram<> first_byte_ns = {};  // from the start of a connection to its first byte
};

// Latencies before and during what a scenario does to the server.
struct ShiftReport {
  Histogram<> before_ns;
  Histogram<> during_ns;
  // Of the 99th percentiles, during to before; 0: one is not known.
  double p99_ratio() const;
};

struct ReplayReport {
  std::uint64_t events = 0;  // that were there before anyone asked
  std::uint64_t missed = 0;  // of them, those that each client lacked
  double seconds = 0;        // from the first connect to the last delivery of them
  std::uint64_t live = 0;    // subscribers that were there all the while
  std::uint64_t live_deliveries = 0;
};

struct ChannelsReport {
  std::uint32_t channels = 0;
  std::uint32_t published_to = 0;
  double zipf = 0;
};

// What became of the subscribers that stopped reading.
struct SlowReport {
  double share = 0;
  std::uint64_t readers = 0;     // that stopped
  std::uint64_t ended = 0;       // by the server
  std::uint64_t deliveries = 0;  // that they had after all
  std::uint64_t gaps = 0;        // told to them, and the events that were told missing
  std::uint64_t told = 0;
};

struct BenchReport {
  Scenario scenario = Scenario::kHold;
  std::string target;
  std::size_t payload_bytes = 0;
  double rate = 0;  // events a second that were asked for; 0: not at a rate

  std::uint64_t connected = 0;
  double connect_seconds = 0;  // from the first connection's start to the last one's first byte

  // A connection's growth in bytes; may be negative where there are few.
  std::optional<double> user_bytes;    // the server's
  std::optional<double> kernel_bytes;  // both ends, of it:
  double slab_bytes = 0;
  double other_bytes = 0;
  double buffer_bytes = 0;

  double seconds = 0;          // of holding, or from the first event to the last delivery
  double publish_seconds = 0;  // until every event was acknowledged; 0: published by nobody here
  std::uint64_t published = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t received_bytes = 0;
  std::optional<CpuTime> server_cpu;  // in `seconds`
  std::uint64_t cpu_deliveries = 0;   // it stands for those; 0: `deliveries`

  SequenceFaults faults;
  std::uint64_t ended = 0;      // streams that the server ended before the end of the run
  std::uint64_t truncated = 0;  // of them, within an event or with broken framing
  bool tails_checked = true;    // false: the target went on, so the last events are not known

  // The workers, the busiest one: shares of the time on a core and waiting for one.
  unsigned workers = 0;
  double worker_running = 0;
  double worker_waiting = 0;
  // The generator itself set the pace: a worker never had nothing to do.
  bool generator_was_limit() const;
  // Of the server in microseconds. REQUIRES: server_cpu, deliveries > 0.
  double cpu_per_delivery() const;
  // Nothing was lost, doubled, out of order, foreign or cut.
  bool ok(bool allow_gaps) const;

  Histogram<> latency_ns;
  Histogram<> connect_ns;     // from the start of a connection to its first byte
  Histogram<> completion_ns;  // of each event, from when it was due to its last delivery

  // What only some scenarios find.
  std::optional<QuietReport> quiet;
  std::optional<ReconnectReport> reconnects;
  std::optional<ShiftReport> shift;
  std::optional<ReplayReport> replay;
  std::optional<ChannelsReport> channels;
  std::optional<SlowReport> slow;
  std::optional<double> user_growth_bytes;  // of the server in all, while it was measured
};

std::string Table(const BenchReport& report, bool allow_gaps);
std::string Json(const BenchReport& report, bool allow_gaps);

// The latencies in milliseconds as HdrHistogram's percentile output (.hgrm), a line for each bucket
// that is not empty.
std::string Hgrm(const Histogram<>& latency_ns);

}  // namespace ringcast
