// Points in time and durations. No function here reads a clock: time comes in as an argument, so
// that everything above can be tested and simulated without one (src/uring/clock.h reads the real
// clocks).
#pragma once

#include <chrono>
#include <cstdint>

namespace ringcast {

// The monotonic clock: all timers and latencies. Never compared with wall-clock time.
struct MonotonicClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonotonicClock::time_point;
using Nanos = std::chrono::nanoseconds;
using Millis = std::chrono::milliseconds;

// Wall-clock time in milliseconds since the UNIX epoch; only event ids are made of it.
using UnixMillis = std::uint64_t;

}  // namespace ringcast
