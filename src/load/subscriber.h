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

class Subscriber {
 public:
  enum class Phase : std::uint8_t { kHead, kLive, kOver };

  // Bytes have come at `now_ns` on CLOCK_MONOTONIC. False: nothing more is of use, close.
  // `payload_bytes`: what every event has; 0: not known.
  bool Take(std::string_view bytes, std::uint64_t now_ns, std::uint32_t payload_bytes,
            Tally& tally);
  // The peer has ended the stream, or (`error` > 0, an errno) the connection failed.
  void End(int error, Tally& tally);

  Phase phase() const { return phase_; }
  SequenceCheck& sequence() { return sequence_; }

 private:
  bool TakeHead(std::string_view& bytes, std::uint64_t now_ns, Tally& tally);
  bool TakeBody(std::string_view bytes, std::uint64_t now_ns, std::uint32_t payload_bytes,
                Tally& tally);
  void TakeEvents(std::string_view bytes, std::uint64_t now_ns, std::uint32_t payload_bytes,
                  Tally& tally);

  SequenceCheck sequence_;
  EventScanner events_;
  ChunkedDecoder chunks_;
  HeadScanner head_;
  Phase phase_ = Phase::kHead;
};
static_assert(sizeof(Subscriber) <= 128);

}  // namespace ringcast
