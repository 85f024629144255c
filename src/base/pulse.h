// A thread's sign of life: it beats once each time it goes round, and another thread that watches
// sees whether it has beaten since.
//
// Threads: Beat() and End() on the thread that is watched, the rest on any.
// Invariants: once ended, it has ended; nobody waits for it any more.
#pragma once

#include <cstdint>

#include "base/counter.h"

namespace ringcast {

class Pulse {
 public:
  void Beat() { beats_.Add(); }
  // The thread's work is done, and it will not beat again.
  void End() { ended_.Set(1); }

  std::uint64_t beats() const { return beats_.Get(); }
  bool ended() const { return ended_.Get() != 0; }

 private:
  Counter beats_;
  Counter ended_;
};

}  // namespace ringcast
