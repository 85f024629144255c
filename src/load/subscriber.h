// One subscriber of a benchmark: reads its response from the first byte on, checks the events and
// adds what it sees to the worker's tally. Small, and without memory of its own, since there may be
// a million.
//
// Threads: its worker's.
// Invariants: counted in the tally once when its stream begins or fails, once more when it ends.
#pragma once

#include <cstdint>
#include <string_view>

#include "load/event_scanner.h"
#include "load/head_scanner.h"
#include "load/sequence_check.h"
#include "load/tally.h"
#include "protocol/chunked_decoder.h"

namespace ringcast {

// What the events of a stream must be.
struct ExpectedEvents {
  std::uint32_t payload_bytes = 0;     // of every event's data; 0: not known
  std::uint32_t channel = kNoChannel;  // that every event must tell
  std::uint64_t mark = 0;              // the event that is looked for; 0: none
};

class Subscriber {
 public:
  enum class Phase : std::uint8_t { kHead, kLive, kOver };

  // Bytes have come at `now_ns` on CLOCK_MONOTONIC. False: nothing more is of use, close.
  bool Take(std::string_view bytes, std::uint64_t now_ns, const ExpectedEvents& expected,
            Tally& tally);
  // The peer has ended the stream, or (`error` > 0, an errno) the connection failed.
  void End(int error, Tally& tally);
  // Ends the stream from here, to be made anew.
  void Leave(Tally& tally);
  // A new stream begins. `resumes`: it goes on after the last event of the one before.
  void StartAgain(bool resumes);

  // Nothing of the response has come.
  bool silent() const { return phase_ == Phase::kHead && !head_.begun(); }

  Phase phase() const { return phase_; }
  SequenceCheck& sequence() { return sequence_; }

 private:
  bool TakeHead(std::string_view& bytes, std::uint64_t now_ns, Tally& tally);
  bool TakeBody(std::string_view bytes, std::uint64_t now_ns, const ExpectedEvents& expected,
                Tally& tally);
  void TakeEvents(std::string_view bytes, std::uint64_t now_ns, const ExpectedEvents& expected,
                  Tally& tally);
  // False: it was no delivery.
  bool TakeEvent(const ScannedEvent& event, std::uint64_t now_ns, const ExpectedEvents& expected,
                 Tally& tally);

  SequenceCheck sequence_;
  EventScanner events_;
  ChunkedDecoder chunks_;
  HeadScanner head_;
  Phase phase_ = Phase::kHead;
};
static_assert(sizeof(Subscriber) <= 128);

}  // namespace ringcast
