// Runs many seeds on all cores: a process for each, since a run that breaks an invariant of the
// server's own ends its process. The first seed that fails stops all.
//
// Threads: one; the runs are in child processes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "simulation/simulation.h"

namespace ringcast::simulation {

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t steps = 0;
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t received = 0;
  std::uint64_t overflows = 0;
  std::array<std::uint64_t, kFaults> faults{};
};

struct Failure {
  std::uint64_t seed = 0;
  std::string what;
};

struct PoolResult {
  Totals totals;
  std::optional<Failure> failure;  // of the lowest seed that failed
};

// Runs the seeds [first, first + seeds) in `jobs` processes; `progress` is called every now and
// then.
PoolResult RunSeeds(std::uint64_t first, std::uint64_t seeds, unsigned jobs,
                    const std::function<void(const Totals&)>& progress);

}  // namespace ringcast::simulation
