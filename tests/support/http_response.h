// The head of an HTTP/1 answer, taken apart, and its body once a client has read it.
//
// Threads: plain values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ringcast::test {

bool EqualIgnoringCase(std::string_view a, std::string_view b);  // ASCII only

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  int minor_version = 1;  // HTTP/1.x
  int status = 0;
  std::string reason;
  HttpHeaders headers;  // in order, names as sent, values without surrounding blanks
  std::string body;     // unframed

  // The first value of the header, names compared without case; empty when absent.
  std::string header(std::string_view name) const;
  // How many headers bear the name.
  int header_count(std::string_view name) const;
};

// Takes apart "HTTP/1.1 200 OK" and the header lines, given without the blank line that ends them.
// Errors: not HTTP/1 (RFC 9112, 4), or a line that is not a header.
Result<HttpResponse> ParseHead(std::string_view head);

}  // namespace ringcast::test
