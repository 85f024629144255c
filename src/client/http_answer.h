// The head of an HTTP/1.x response, as far as an EventSource client needs it (RFC 9112 sections 4
// and 5). Strict where framing depends on it: a response with a doubt about its framing is refused.
//
// Threads: any; a plain value and a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

struct HttpAnswer {
  int status = 0;            // 100 to 599
  std::string content_type;  // the media type in lower case, without parameters
  std::string location;      // where a redirect points
  bool chunked = false;      // else the body ends with the connection or by length
  std::optional<std::uint64_t> content_length;  // never together with chunked
};

// Bytes: the longest head that is read.
inline constexpr std::size_t kMaxAnswerHead = std::size_t{64} << 10;

// Reads the lines of a head, up to and with the empty line that ends it.
Result<HttpAnswer> ReadAnswerHead(std::string_view head);

}  // namespace ringcast
