// When something that failed is tried again: later each time, and never at the same moment as
// somebody else.
//
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/rng.h"
#include "base/time.h"

namespace ringcast {

class Backoff {
 public:
  Backoff(Millis first, Millis longest, std::uint64_t seed)
      : first_(first), longest_(longest), rng_(seed) {}

  void Fail(MonoTime now) {
    constexpr int kMostDoublings = 20;
    const auto ceiling = std::min<std::int64_t>(
        longest_.count(), first_.count() << std::min(failures_, kMostDoublings));
    ++failures_;
    next_ = now + Millis(rng_.Jittered(static_cast<std::uint64_t>(ceiling), 0.5));
  }
  void Succeed() { failures_ = 0; }

  MonoTime next() const { return next_; }

 private:
  const Millis first_;
  const Millis longest_;
  Rng rng_;
  int failures_ = 0;
  MonoTime next_{};
};

}  // namespace ringcast
