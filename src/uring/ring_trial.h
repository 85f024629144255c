// What the kernel makes of each thing that Ringcast asks of io_uring, really tried: the system
// calls, the flags of the set-up, the operations, and a connection that goes through two rings as
// it does in a server. It leaves nothing behind and touches no network.
//
// Threads: any; the rings live and end within the call.
// Invariants: steps are in the order in which they were tried. A step that others rest on and that
// fails is the last one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringcast {

struct RingTrial {
  struct Step {
    std::string_view feature;
    std::string_view since;  // the first Linux with it
    std::string problem;     // empty: it works
  };
  // errno of a set-up that asks for nothing; 0 when there is io_uring for this process. Without it
  // there are no steps.
  int setup_error = 0;
  std::vector<Step> steps;
};

// Takes milliseconds; a step that the kernel never completes is given up after some seconds.
RingTrial TryRing();

}  // namespace ringcast
