// An event stream as a subscriber of a benchmark reads it: it finds the number and the time in the
// data of each event, tells the server's own events apart, and keeps nothing else. Bytes may come
// in pieces cut anywhere; nothing is allocated, and an event inside one piece is read where it
// lies.
//
// It is a part of the HTML standard 9.2.6: lines end with LF or CRLF (no server in use ends them
// with a lone CR), ids and retry times are passed over, and of a type only a hash is kept.
//
// Threads: a plain value that belongs to one stream.
// Invariants: the same events come out wherever the input is cut.
#pragma once

#include <cstdint>
#include <string_view>

#include "load/bench_event.h"

namespace ringcast {

struct ScannedEvent {
  enum class Kind : std::uint8_t {
    kNone,     // no event is complete: all input is taken
    kBench,    // of the benchmark, whatever its type
    kGap,      // the server tells that events are missing
    kControl,  // another type of its own: connected, drain, ...
    kComment,  // a comment line has begun, such as a heartbeat
    kForeign,  // data that the benchmark did not send, or not in this form
  };
  Kind kind = Kind::kNone;
  std::uint64_t seq = 0;               // kBench
  std::int64_t t_ns = 0;               // kBench
  std::uint32_t size = 0;              // kBench: bytes of the data
  std::uint32_t channel = kNoChannel;  // kBench: that the pad begins with
};

class EventScanner {
 public:
  // Takes bytes from the front of `bytes` up to the end of the next event, or into the next
  // comment.
  ScannedEvent Next(std::string_view& bytes);

  // Whether an event has begun that is not complete.
  bool InEvent() const { return state_ != State::kLineStart || has_data_; }

 private:
  enum class State : std::uint8_t {
    kLineStart,
    kBlankLf,    // after the CR of a blank line
    kSkip,       // until the end of a line that does not matter
    kEventName,  // among "event:"
    kTypeSpace,  // before the type
    kType,       // among the type
    kDataName,   // among "data:"
    kDataSpace,  // before the data
    kStart,      // among kBenchEventStart
    kSeq,        // among its digits, and so on
    kMiddle,
    kTime,
    kPad,
    kChannel,    // among the digits that the pad may begin with
    kRest,       // of data in the form of the benchmark
    kOtherData,  // of any other
  };

  void Match(std::string_view& bytes);
  void Number(std::string_view& bytes);
  void Channel(std::string_view& bytes);
  void SkipLine(std::string_view& bytes);
  void EndDataLine();
  ScannedEvent EndEvent();

  std::uint64_t seq_ = 0;
  std::int64_t t_ns_ = 0;
  std::uint32_t size_ = 0;       // bytes of the data line so far
  std::uint32_t type_hash_ = 0;  // 0: no type
  std::uint32_t channel_ = 0;    // kNoChannel: none
  std::uint32_t tail_ = 0;       // the last four bytes of the data line
  State state_ = State::kLineStart;
  std::uint8_t matched_ = 0;  // bytes of the fixed text, or digits of the number
  bool has_data_ : 1 = false;
  bool malformed_ : 1 = false;
};
static_assert(sizeof(EventScanner) <= 40);

}  // namespace ringcast
