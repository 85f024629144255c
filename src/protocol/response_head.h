// Response heads and small whole responses, appended to a string of the caller's.
//
// Threads: pure functions.
// Invariants: nothing that came from a client enters a response, except an Origin that is allowed
// (origin_policy.h). Each response carries Date (RFC 9110 6.6.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "protocol/http_types.h"
#include "protocol/origin_policy.h"

namespace ringcast {

// IMF-fixdate of RFC 9110 5.6.7, 29 bytes: "Sun, 06 Nov 1994 08:49:37 GMT". Times after the year
// 9999 give its last second.
std::string HttpDate(UnixMillis time);

// The head of an event stream: 200, text/event-stream, not to be cached, transformed or buffered.
// Chunked in HTTP/1.1; in HTTP/1.0 it ends with the connection. http_date: HttpDate() of now.
void AppendStreamHead(std::string& out, bool http_1_0, const CorsAnswer& cors,
                      std::string_view http_date);

struct HeaderField {
  std::string_view name;
  std::string_view value;  // without CR and LF
};

// A whole response with a body of known length.
struct SimpleResponse {
  int status = 200;
  std::string_view body = {};  // dropped for 204 and 304
  std::string_view content_type = "text/plain; charset=utf-8";
  bool keep_alive = false;      // false: Connection: close
  bool head_only = false;       // HEAD: Content-Length of the body, but no body (RFC 9110 9.3.2)
  std::string_view allow = {};  // Allow; a 405 without one gets kStreamAllow (RFC 9110 15.5.6)
  CorsAnswer cors = {};
  std::string_view http_date;  // HttpDate() of now
  std::span<const HeaderField> extra = {};
};
void AppendSimpleResponse(std::string& out, const SimpleResponse& response);

// The body for an error status: its reason phrase and the sentence, one line.
std::string ErrorBody(int status, std::string_view sentence);

// 204 to OPTIONS: Allow, and for a preflight whose origin is allowed what Fetch asks for.
struct OptionsAnswer {
  std::string_view allow = kStreamAllow;
  bool preflight = false;        // Origin and Access-Control-Request-Method were there
  bool private_network = false;  // Access-Control-Request-Private-Network was
  bool keep_alive = false;
  CorsAnswer cors = {};
  std::string_view http_date;
};
void AppendOptions(std::string& out, const OptionsAnswer& answer);

// "Come back later" in the one form that every client obeys: browsers give up for good on 429 and
// 503. A stream with one `overload` event that carries `retry:` in milliseconds (jittered by the
// caller); then the caller closes. In HTTP/1.1 the last chunk is left out so that every client
// reconnects.
void AppendOverload(std::string& out, bool http_1_0, const CorsAnswer& cors, std::uint32_t retry_ms,
                    std::string_view http_date);

// The standard reason phrase (RFC 9110 15); "Unknown" for a status that nothing here sends.
std::string_view ReasonPhrase(int status);

}  // namespace ringcast
