// Which options belong to which scenario, and what they may be.
//
// Threads: pure functions.
#pragma once

#include <string>

#include "load/bench_options.h"

namespace ringcast {

// Why these options make no sense together; empty: they do.
std::string Misuse(const BenchOptions& options);

}  // namespace ringcast
