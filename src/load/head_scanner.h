// The head of a response as a subscriber of a benchmark reads it: the status, whether the body is
// chunked and whether it is an event stream. Bytes may come in pieces cut anywhere; nothing is
// kept but a few flags, names and values are told by a hash.
//
// Threads: a plain value that belongs to one response.
// Invariants: the same comes out wherever the input is cut. It never takes a byte of the body.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringcast {

class HeadScanner {
 public:
  enum class Result : std::uint8_t { kNeedMore, kDone, kBroken };

  // Takes bytes from the front of `bytes`; with kDone what is left is the body. Lines end with LF
  // or CRLF.
  Result Next(std::string_view& bytes);

  bool begun() const { return size_ > 0; }     // a byte has come
  unsigned status() const { return status_; }  // 0 until it is read
  bool chunked() const { return chunked_; }
  bool event_stream() const { return event_stream_; }

 private:
  enum class State : std::uint8_t { kVersion, kStatus, kReason, kLineStart, kName, kValue };

  bool Take(char c);  // false: broken
  void EndField();

  std::uint32_t name_hash_ = 0;
  std::uint32_t value_hash_ = 0;
  std::uint16_t size_ = 0;  // bytes so far
  std::uint16_t status_ = 0;
  State state_ = State::kVersion;
  std::uint8_t position_ = 0;    // within the version or the status
  bool value_over_ : 1 = false;  // parameters follow
  bool chunked_ : 1 = false;
  bool event_stream_ : 1 = false;
  bool done_ : 1 = false;
};

}  // namespace ringcast
