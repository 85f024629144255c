// One run of a benchmark, from the first connection to the report.
//
// Threads: blocks the one that calls; see Swarm and EventFeed for the others.
#pragma once

#include <string>
#include <variant>

#include "load/bench_options.h"
#include "load/bench_report.h"

namespace ringcast {

// Why a run came to no report: the exit code (sysexits.h) and what to say.
struct BenchFailure {
  int exit_code;
  std::string message;
};

// `on_progress` is called several times a second with a line for people; nullptr: nobody watches.
std::variant<BenchReport, BenchFailure> RunScenario(const BenchOptions& options,
                                                    void (*on_progress)(const std::string& line));

}  // namespace ringcast
