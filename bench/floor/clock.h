// The floor's clock: CLOCK_MONOTONIC in nanoseconds, which a load generator on the same machine
// reads as well.
#pragma once

#include <time.h>

#include <cstdint>

namespace bare {

inline std::int64_t ReadClock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

inline std::int64_t NowNs() { return ReadClock(CLOCK_MONOTONIC); }

}  // namespace bare
