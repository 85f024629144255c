// One run of a benchmark, from the first connection to the report.
//
// Threads: blocks the one that calls; see Swarm, EventFeed and Scout for the others.
#pragma once

#include <string>
#include <variant>

#include "load/bench_options.h"
#include "load/bench_report.h"
#include "load/progress.h"

namespace ringcast {

// Why a run came to no report: the exit code (sysexits.h) and what to say.
struct BenchFailure {
  int exit_code;
  std::string message;
};

// `progress` is told how far it is; nullptr: nobody watches. REQUIRES: Misuse(options) is empty.
std::variant<BenchReport, BenchFailure> RunScenario(const BenchOptions& options,
                                                    Progress* progress);

}  // namespace ringcast
