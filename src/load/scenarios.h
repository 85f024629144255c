// The scenarios: each a function that takes the steps of bench_steps.h in its order and fills the
// report. Errors: the run came to no report; bench.exit_code says which kind.
//
// Threads: that of the run.
#pragma once

#include "base/result.h"
#include "load/bench_steps.h"

namespace ringcast {

Status RunHold(BenchContext& bench);      // scenario_hold.cc
Status RunFanout(BenchContext& bench);    // scenario_fanout.cc: fanout and saturate
Status RunReplay(BenchContext& bench);    // scenario_replay.cc
Status RunChurn(BenchContext& bench);     // scenario_churn.cc
Status RunStorm(BenchContext& bench);     // scenario_storm.cc
Status RunChannels(BenchContext& bench);  // scenario_channels.cc
Status RunSlow(BenchContext& bench);      // scenario_slow.cc

}  // namespace ringcast
