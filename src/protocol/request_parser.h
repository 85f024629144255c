// An incremental reader of HTTP/1 requests, made to be suspicious: llhttp reads the fields, and in
// front of it a strict automaton (strict_head.h) refuses whatever a lenient parser and a strict one
// could read differently. Every doubt about framing ends in an error after which the connection is
// closed; there is no way back into the byte stream.
//
// Threads: one object belongs to one thread.
// Invariants: the outcome (status, error, head, body, bytes consumed in all) does not depend on how
// the bytes were split; nothing keeps more bytes than RequestLimits allow; after kError every call
// gives kError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/http_types.h"

namespace ringcast {

struct RequestLimits {
  std::size_t max_target = 8192;         // bytes; beyond: 414
  std::size_t max_header_bytes = 16384;  // bytes of all field lines with their CRLFs; beyond: 431
  unsigned max_fields = 64;              // field lines; beyond: 431
  std::size_t max_body = 0;              // bytes after decoding; beyond: 413. 0: no body is read
};

enum class ParseStatus : std::uint8_t {
  kNeedMore,      // all bytes were taken and the request is not whole yet
  kHeadComplete,  // head() is there and a body follows; reported once
  kComplete,      // head() and body() are there; what follows belongs to the next request
  kError,         // answer error_status() and close
};

struct ParseResult {
  ParseStatus status;
  std::size_t consumed;  // bytes of this call's input that are done with; all of them on kError
};

class RequestParser {
 public:
  explicit RequestParser(const RequestLimits& limits = {});
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  // Reads on. Returns as soon as the status changes, with the bytes behind it left unconsumed:
  // call again with those. After kHeadComplete the caller either answers and closes, or sends
  // `100 Continue` where head().expect_continue asks for it and feeds the body. A request without a
  // body goes to kComplete at once. On a listener that takes no bodies (max_body == 0) a POST, PUT
  // or DELETE with a body is reported as kHeadComplete, to be answered and closed unread; feeding
  // its body is an error 413. After kComplete: Reset() first.
  ParseResult Feed(std::string_view bytes);

  // The body of this request is read and dropped: body() stays empty. False: it is announced as
  // longer than max_body, in bytes, so it is for the caller to refuse. Also on a listener that
  // takes no bodies. REQUIRES: right after kHeadComplete.
  bool DropBody(std::size_t max_body);

  // Lowers the limit for the body of this request: its resource takes less than others do. For a
  // body in chunks; a length is in head(). REQUIRES: right after kHeadComplete.
  void LimitBody(std::size_t max_body);
  // Another limit from the next head on that is complete. REQUIRES: max_body > 0, and so was that
  // of the limits.
  void SetMaxBody(std::size_t max_body);

  // Valid after kHeadComplete and kComplete, until Reset().
  const RequestHead& head() const;

  // The decoded body so far; whole after kComplete.
  std::string_view body() const;
  std::string TakeBody();

  // Valid after kError. The status is one of 400, 405 (TRACE), 413, 414, 417, 431, 501, 505. The
  // reason is a fixed sentence: it repeats nothing of what was sent.
  int error_status() const;
  std::string_view error_reason() const;

  // Some byte of a request, other than the empty lines allowed before it, was seen since the last
  // Reset(): tells a late request (408) from an idle connection (closed silently).
  bool started() const;

  // Ready for the next request on the same connection. Buffers keep their capacity.
  void Reset();

 private:
  struct State;  // keeps llhttp out of this header
  std::unique_ptr<State> state_;
};

}  // namespace ringcast
