// One connection through two rings, operation by operation, as it goes through a server's: accepted
// by one, handed to the other, polled, received from, sent to and ended.
//
// Threads: the one that created both rings.
// Invariants: the connection is a UNIX one without a name in the file system; it ends with the
// call.
#pragma once

#include "uring/ring.h"
#include "uring/ring_trial.h"

namespace ringcast {

// Adds a step for each operation to the trial, up to the first that fails. REQUIRES: both rings
// have direct slots, the second one provided buffers.
void TryConnection(Ring& first, Ring& second, RingTrial& trial);

}  // namespace ringcast
