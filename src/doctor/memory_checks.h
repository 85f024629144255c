// What the configured connections cost, by measured figures (bench/results), against the memory
// that there is.
//
// Threads: any; each reads files of the machine given.
#pragma once

#include <cstdint>
#include <string>

#include "config/options.h"
#include "config/shard_plan.h"
#include "doctor/finding.h"
#include "doctor/machine.h"

namespace ringcast {

struct MemoryEstimate {
  std::uint64_t idle = 0;       // all connections idle, histories full
  std::uint64_t broadcast = 0;  // the same while each has one small event on its way
  std::string sum;              // the arithmetic, for people
};
// `usable` bytes decide about the history when history-memory is automatic.
MemoryEstimate EstimateMemory(const ServeOptions& options, const ShardPlan& plan,
                              std::uint64_t usable);

// The estimate against the machine's memory, or the control group's when that has less.
Finding CheckMemory(const Machine& machine, const ServeOptions& options, const ShardPlan& plan);
// net.ipv4.tcp_mem, the bound of what all TCP sockets of the machine have queued.
Finding CheckTcpMemory(const Machine& machine, const ShardPlan& plan);

}  // namespace ringcast
