#include "uring/clock.h"

#include <time.h>

#include <cerrno>

namespace ringcast {
namespace {

timespec Read(clockid_t clock) {
  timespec at{};
  ::clock_gettime(clock, &at);
  return at;
}

}  // namespace

MonoTime MonotonicNow() {
  const timespec at = Read(CLOCK_MONOTONIC);
  return MonoTime{std::chrono::seconds{at.tv_sec} + Nanos{at.tv_nsec}};
}

UnixMillis WallClockNow() {
  const timespec at = Read(CLOCK_REALTIME);
  return static_cast<UnixMillis>(at.tv_sec) * 1000 +
         static_cast<UnixMillis>(at.tv_nsec) / 1'000'000;
}

void SleepUntil(MonoTime at) {
  const Nanos since_start = at.time_since_epoch();
  const timespec until{since_start.count() / 1'000'000'000, since_start.count() % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace ringcast
