// The PROXY protocol's header, by which a proxy tells at the start of a connection who its client
// is: version 1 (a line of text) and version 2 (binary), as HAProxy's proxy-protocol.txt has them.
// Incremental, and free of allocations.
//
// Threads: one object belongs to one thread.
// Invariants: the outcome (progress, source, error, bytes consumed in all) does not depend on how
// the bytes were split; not a byte behind the header is consumed; after kError every call gives
// kError.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ip_address.h"

namespace ringcast {

class ProxyHeader {
 public:
  // Bytes of a version 2 header behind its first 16: addresses, and further fields that proxies
  // add (host name, client certificate), which are passed over. HAProxy sends up to some hundred.
  static constexpr std::size_t kMaxV2Length = 4096;

  enum class Status : std::uint8_t { kNeedMore, kComplete, kError };
  struct Progress {
    Status status;
    std::size_t consumed;  // of this call's bytes; all of them on kError
  };

  Progress Feed(std::string_view bytes);

  // After kComplete: the client. Not valid() when the header names none: the proxy itself asks
  // (LOCAL), or knows no IP address (UNKNOWN, UNSPEC, a UNIX socket).
  const IpAddress& source() const { return source_; }
  // After kError: a fixed sentence, which repeats nothing of what was sent.
  std::string_view error() const { return error_; }

  void Reset() { *this = ProxyHeader(); }

 private:
  void Judge();
  void JudgeLine();
  void JudgeFixedPart();
  void ReadAddresses();
  void Skip(std::size_t bytes);
  void Fail(std::string_view reason);

  // A line with its CRLF; the fixed part and two IPv6 addresses with ports (52) are shorter.
  static constexpr std::size_t kMaxLine = 107;

  std::array<char, kMaxLine> kept_{};
  std::uint8_t size_ = 0;     // bytes in kept_
  std::uint8_t needed_ = 16;  // version 2: size_ at which there is something to judge
  std::uint16_t skip_ = 0;    // bytes of no interest that are still to come
  Status status_ = Status::kNeedMore;
  IpAddress source_;
  std::string_view error_;
};

}  // namespace ringcast
