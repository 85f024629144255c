// The line structure of a request's head, byte by byte: RFC 9112 2 to 5 without any of the
// leniencies that it permits. Stands in front of the parser library, which forgives bare line
// feeds, odd whitespace and unknown versions; what differs between two readers is what smuggles
// requests.
//
// Judged here: bytes, lines, lengths and counts, the method and the version. What fields mean is
// for request_parser.h.
//
// Threads: one object belongs to one thread.
// Invariants: the outcome does not depend on how the bytes were split; an error is final and is
// found at the earliest byte that proves it; no more than max_target bytes of target are kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/http_types.h"

namespace ringcast {

class StrictHead {
 public:
  struct Limits {
    std::size_t max_target;        // bytes
    std::size_t max_header_bytes;  // bytes of all field lines with their CRLFs
    unsigned max_fields;           // field lines
  };

  enum class Status : std::uint8_t {
    kNeedMore,     // all bytes are taken
    kRequestLine,  // the last byte taken ended a sound request line; reported once
    kDone,         // the last byte taken ended the head
    kError,        // the byte behind the taken ones is wrong
  };
  struct Step {
    Status status;
    std::size_t consumed;
  };

  explicit StrictHead(const Limits& limits) : limits_(limits) {}

  // Reads on; the target's bytes are appended to target. REQUIRES: not after kDone or kError.
  Step Feed(std::string_view bytes, std::string& target);

  // Valid after kRequestLine.
  HttpMethod method() const { return method_; }
  bool http_1_0() const { return minor_ == 0; }

  // Valid after kError; see RequestParser.
  int error_status() const { return error_status_; }
  std::string_view error_reason() const { return error_reason_; }

  // Some byte other than the empty lines before a request was seen.
  bool started() const { return started_; }

  void Reset();

 private:
  enum class State : std::uint8_t {
    kStart,
    kStartLf,
    kMethod,
    kTargetStart,
    kTarget,
    kPercent1,
    kPercent2,
    kVersion,
    kLineLf,
    kFieldStart,
    kFieldName,
    kFieldValue,
    kFieldLf,
    kEndLf,
    kDone,
    kError,
  };

  bool Byte(unsigned char c, std::string& target);
  bool TargetByte(unsigned char c, std::string& target);
  bool VersionByte(unsigned char c);
  bool FieldByte(unsigned char c);
  bool EndOfRequestLine();
  bool Fail(int status, std::string_view reason);

  // The longest method that is known has 7 bytes; one longer than this needs no reading on
  // (RFC 9112 3: 501).
  static constexpr std::size_t kMaxMethodBytes = 32;

  Limits limits_;
  State state_ = State::kStart;
  bool started_ = false;
  std::uint8_t empty_lines_ = 0;
  std::uint8_t method_size_ = 0;
  std::uint8_t version_size_ = 0;
  std::uint8_t major_ = 0;
  std::uint8_t minor_ = 0;
  HttpMethod method_ = HttpMethod::kGet;
  std::array<char, kMaxMethodBytes> method_text_{};
  std::size_t header_bytes_ = 0;
  unsigned fields_ = 0;
  int error_status_ = 0;
  std::string_view error_reason_;
};

}  // namespace ringcast
