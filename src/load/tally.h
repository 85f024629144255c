// What the subscribers of one worker have seen, summed up. The counters may be watched while it
// goes on; everything else is read when the worker has ended.
//
// Threads: written by one worker; the counters are for any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"
#include "base/histogram.h"
#include "base/time.h"
#include "load/completion_table.h"
#include "load/sequence_check.h"

namespace ringcast {

// What a run is at when an event arrives: some are measured before, during and after something.
enum class Stage : std::uint8_t { kBefore, kDuring, kAfter };

struct Tally {
  Counter started;     // connections begun
  Counter live;        // streams that have begun, in all
  Counter failed;      // connections that came to no stream
  Counter ended;       // streams that the server ended
  Counter left;        // streams that were reset here, to be made anew
  Counter deliveries;  // events of the benchmark received
  Counter bytes;       // received
  Counter comments;    // lines of comment received
  Counter begun;       // subscribers that have had their first event
  Counter marked;      // subscribers that have had the event that is looked for
  // On CLOCK_MONOTONIC; 0: none yet.
  Counter first_event_ns;
  Counter last_live_ns;    // when a stream began
  Counter last_marked_ns;  // when one had the event that is looked for

  std::uint64_t truncated = 0;  // streams that ended within an event or a chunk, or broke
  std::uint64_t last_event_ns = 0;
  int first_errno = 0;        // of the connections that failed; 0: none
  unsigned first_status = 0;  // other than 200; 0: none
  bool not_a_stream = false;  // an answer was 200, but no event stream
  SequenceFaults faults;
  Stage stage = Stage::kBefore;
  std::array<Histogram<>, 3> latency_ns;  // by the stage in which an event arrived
  Histogram<> connect_ns;                 // from the start of a connection to its first byte
  Histogram<> reconnect_ns;               // the same of those made anew
  bool tracks_completion = false;
  CompletionTable completions;  // when it is tracked

  Histogram<>& latency() { return latency_ns[static_cast<std::size_t>(stage)]; }
};

}  // namespace ringcast
