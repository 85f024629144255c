// The two clocks. Everything below the event loops takes time as an argument; the loops read it
// here, once a tick.
//
// Threads: any.
#pragma once

#include "base/time.h"

namespace ringcast {

// CLOCK_MONOTONIC: timers and latencies.
MonoTime MonotonicNow();

// CLOCK_REALTIME in milliseconds: event ids and the Date header. It may step in either direction.
UnixMillis WallClockNow();

// Sleeps until that moment of the monotonic clock; signals do not end it.
void SleepUntil(MonoTime at);

}  // namespace ringcast
