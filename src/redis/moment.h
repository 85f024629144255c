// The monotonic clock of a source's thread.
#pragma once

#include <chrono>

#include "base/time.h"

namespace ringcast {

inline MonoTime RedisNow() { return MonoTime(std::chrono::steady_clock::now().time_since_epoch()); }

}  // namespace ringcast
