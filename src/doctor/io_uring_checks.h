// Whether io_uring works here, and if not, who refused it.
//
// Threads: any; each reads files of the machine given.
#pragma once

#include <string>

#include "doctor/finding.h"
#include "doctor/machine.h"
#include "uring/ring_trial.h"

namespace ringcast {

// Rings besides the shards': the sequencer's and the admin listener's.
inline constexpr unsigned kFurtherRings = 3;

// The set-up of a ring: the sysctl, the seccomp filter or the kernel that refuses it is named.
Finding CheckRingSetup(const Machine& machine, const RingTrial& trial);
// Each feature that Ringcast uses, as it was tried.
Finding CheckRingFeatures(const RingTrial& trial);
// Whether the memory of so many rings fits RLIMIT_MEMLOCK.
Finding CheckLockedMemory(const Machine& machine, unsigned rings);

// What `serve` says when one of its rings could not be made and `error` is what was said about it:
// the first error of these checks, if they find one.
Finding ExplainRing(const Machine& machine, const RingTrial& trial, unsigned rings,
                    const std::string& error);

}  // namespace ringcast
