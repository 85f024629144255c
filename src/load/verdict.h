// From what the subscribers have seen to what a report says.
//
// Threads: that of the run, after Swarm::Stop().
#pragma once

#include <string>
#include <vector>

#include "load/bench_report.h"
#include "load/swarm.h"

namespace ringcast {

// Why connections came to no stream: the first reason there is. Empty: none failed.
std::string WhyConnectionsFailed(const Swarm& swarm);

// Sums and latencies of all workers.
void AddUp(const Swarm& swarm, BenchReport& report);

// Compares every stream with what it should have had. That is what was published; where the target
// published by itself, what any of the others had, and its end only if `tails_checked`.
// REQUIRES: report.published and report.tails_checked are set. Once for each run.
void CheckSequences(Swarm& swarm, BenchReport& report);

// The worker that was busy for the largest part of `wall_seconds`.
void FindBusiest(const std::vector<WorkerTime>& before, const std::vector<WorkerTime>& after,
                 double wall_seconds, BenchReport& report);

}  // namespace ringcast
