// Whether a subscriber got every event once and in order. It knows the next number that is due and
// one hole, so it tells an event that comes late from one that comes twice; a stream with several
// holes at once may count the first as the second, which is a failure either way.
//
// Threads: SequenceCheck belongs to one stream; SequenceFaults is a plain value, summed up.
// Invariants: for a stream that began at `first`, taken once each + lost = due - first.
#pragma once

#include <cstdint>

namespace ringcast {

struct SequenceFaults {
  std::uint64_t lost = 0;        // numbers passed over and never seen
  std::uint64_t duplicated = 0;  // numbers seen again
  std::uint64_t reordered = 0;   // numbers seen after a higher one
  std::uint64_t foreign = 0;     // events that are none of the benchmark's, or damaged
  std::uint64_t gaps = 0;        // times the server told that events are missing
  std::uint64_t told = 0;        // events it told so about: not lost

  void Add(const SequenceFaults& other);
  // Whether all is well; `allow_gaps`: what was told is.
  bool None(bool allow_gaps) const;
};

class SequenceCheck {
 public:
  // Of a stream that resumes: `seq` is the first event that is due. REQUIRES: none has come.
  void StartAt(std::uint64_t seq) { first_ = due_ = seq; }
  // The next event has come: `seq` from 1. False: it had been seen before.
  bool Take(std::uint64_t seq, SequenceFaults& faults);
  // The server told of a gap: what is missing before the next event is not lost.
  void TakeGap(SequenceFaults& faults);
  // The stream is over, though the events from `start` on, up to `end`, not included, were due.
  void Finish(std::uint64_t start, std::uint64_t end, SequenceFaults& faults);

  std::uint64_t first() const { return first_; }  // 0: none has come
  std::uint64_t due() const { return due_; }      // 0: none has come

 private:
  std::uint64_t first_ = 0;
  std::uint64_t due_ = 0;
  std::uint64_t hole_start_ = 0;  // the newest hole; empty: no hole
  std::uint64_t hole_end_ = 0;
  bool gap_told_ = false;    // and no event since
  bool start_told_ = false;  // what is missing before `first_`
  bool hole_told_ = false;
};

}  // namespace ringcast
