// From what the subscribers have seen to what a report says.
//
// Threads: that of the run, after Swarm::Stop().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "load/bench_report.h"
#include "load/swarm.h"

namespace ringcast {

// Why connections came to no stream: the first reason there is. Empty: none failed.
std::string WhyConnectionsFailed(const Swarm& swarm);

// Sums and latencies of all workers, without those that stop to read.
void AddUp(const Swarm& swarm, BenchReport& report);
// Their latencies before and during.
ShiftReport ShiftOf(const Swarm& swarm);
// From the start of a connection that was made anew to its first byte.
Histogram<> ReconnectsOf(const Swarm& swarm);

// Compares every stream with what it should have had: the events from `first` up to `end`, not
// included. Once for each run.
void CheckSequences(Swarm& swarm, std::uint64_t first, std::uint64_t end, SequenceFaults& faults);
// The same where the target published by itself: with what any of the others had, and with the end
// of that only if `report.tails_checked`.
void CompareSequences(Swarm& swarm, BenchReport& report);

// The worker that was busy for the largest part of `wall_seconds`, if it was busier than the one
// that the report has.
void FindBusiest(const std::vector<WorkerTime>& before, const std::vector<WorkerTime>& after,
                 double wall_seconds, BenchReport& report);

}  // namespace ringcast
