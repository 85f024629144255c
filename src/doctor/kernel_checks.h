// The kernel and what surrounds the process: version, known faults, container, clock.
//
// Threads: any; each reads files of the machine given and nothing else.
#pragma once

#include <vector>

#include "base/time.h"
#include "doctor/finding.h"
#include "doctor/machine.h"
#include "uring/ring_trial.h"

namespace ringcast {

// Whether it is Linux 6.1 or later. An older one in which everything works nevertheless, as
// distributions make them, is a note.
Finding CheckKernel(const Machine& machine, const RingTrial& trial);
// Faults of io_uring in this version that concern a server like this one.
std::vector<Finding> CheckKernelFaults(const Machine& machine, Millis max_lifetime);
// In which container this runs, if in one: its runtime sets limits and filters.
Finding CheckContainer(const Machine& machine);
// Whether reading the clock, which every tick does, is cheap.
Finding CheckClock(const Machine& machine);

}  // namespace ringcast
