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

std::string_view Name(Scenario scenario);

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
  // Nothing was lost, doubled, out of order, foreign or cut.
  bool ok(bool allow_gaps) const;

  Histogram<> latency_ns;
};

std::string Table(const BenchReport& report, bool allow_gaps);
std::string Json(const BenchReport& report, bool allow_gaps);

// The latencies in milliseconds as HdrHistogram's percentile output (.hgrm), a line for each bucket
// that is not empty.
std::string Hgrm(const Histogram<>& latency_ns);

}  // namespace ringcast
