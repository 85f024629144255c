// What the subscribers of one worker have seen, summed up. The counters may be watched while it
// goes on; everything else is read when the worker has ended.
//
// Threads: written by one worker; the counters are for any.
#pragma once

#include <cstdint>

#include "base/counter.h"
#include "base/histogram.h"
#include "base/time.h"
#include "load/sequence_check.h"

namespace ringcast {

struct Tally {
  Counter started;         // connections begun
  Counter live;            // streams that have begun, in all
  Counter failed;          // connections that came to no stream
  Counter ended;           // streams that the server ended
  Counter deliveries;      // events of the benchmark received
  Counter bytes;           // received
  Counter first_event_ns;  // on CLOCK_MONOTONIC; 0: none yet

  std::uint64_t truncated = 0;  // streams that ended within an event or a chunk, or broke
  std::uint64_t last_event_ns = 0;
  std::uint64_t last_live_ns = 0;
  int first_errno = 0;        // of the connections that failed; 0: none
  unsigned first_status = 0;  // other than 200; 0: none
  bool not_a_stream = false;  // an answer was 200, but no event stream
  SequenceFaults faults;
  Histogram<> latency_ns;
};

}  // namespace ringcast
