// The flags of `bench`.
//
// Threads: the main thread.
#pragma once

#include <CLI/CLI.hpp>

#include "load/bench_options.h"

namespace ringcast {

// Adds them to `command`; parsing it fills `options`, which must outlive it.
void AddBenchFlags(CLI::App& command, BenchOptions& options);

}  // namespace ringcast
