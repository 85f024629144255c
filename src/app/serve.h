// `ringcast serve`: the daemon from its first listener to the end of its drain.
//
// Threads: called once, on the main thread, which it keeps until the daemon has ended; it starts
// and joins every other thread itself.
#pragma once

#include "config/options.h"

namespace ringcast {

// Runs the daemon and returns the process's exit code: 0 after a drain, 69 when an address is
// taken, 71 when the kernel refuses what it needs (sysexits.h). REQUIRES: options come from
// LoadServeOptions, and InstallLog has been called.
int RunServe(const ServeOptions& options);

}  // namespace ringcast
