// Limits on descriptors against the connections that are configured.
//
// Threads: any; each reads files of the machine given.
#pragma once

#include "base/result.h"
#include "config/options.h"
#include "config/shard_plan.h"
#include "doctor/finding.h"
#include "doctor/machine.h"

namespace ringcast {

// The limits that `serve` would have on this machine: it raises the soft one to the hard one.
ShardGround GroundOf(const Machine& machine);

// RLIMIT_NOFILE, which bounds each ring's table. `plan` is that of PlanShards.
Finding CheckFileLimit(const ServeOptions& options, const ShardGround& ground,
                       const Result<ShardPlan>& plan);
// What `serve` says when the plan fails.
Finding ExplainPlan(const ShardGround& ground, const std::string& error);
// fs.nr_open, above which RLIMIT_NOFILE cannot be raised.
Finding CheckFilesPerProcess(const Machine& machine, const ShardPlan& plan);
// fs.file-max: each connection is an open file of the whole machine.
Finding CheckFilesOfMachine(const Machine& machine, const ShardPlan& plan);

}  // namespace ringcast
