// Response heads and small whole responses, appended to a string of the caller's; and the decision
// which origins may read them.
//
// Threads: pure functions; OriginPolicy is constant after construction.
// Invariants: nothing that came from a client enters a response, except an Origin that equals an
// allowed one. Each response carries Date (RFC 9110 6.6.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace ringcast {

inline constexpr std::string_view kStreamAllow = "GET, HEAD, OPTIONS";

// IMF-fixdate of RFC 9110 5.6.7, 29 bytes: "Sun, 06 Nov 1994 08:49:37 GMT". Times after the year
// 9999 give its last second.
std::string HttpDate(UnixMillis time);

// What a response tells the browser about cross-origin use (Fetch, "CORS protocol").
struct CorsAnswer {
  std::string_view allow_origin;  // empty: no Access-Control-Allow-Origin
  bool vary = false;              // Vary: Origin, since the answer depends on it
};

// The origins that may read the streams. Credentials are never allowed.
class OriginPolicy {
 public:
  OriginPolicy() = default;  // no cross-origin use at all
  // Each entry is an exact origin such as "https://example.org", or "*" for all; "*" wins.
  explicit OriginPolicy(std::vector<std::string> allowed);

  // origin is the raw field, empty if there was none. It is reflected only if it equals an entry
  // byte for byte. The answer's view lives as long as this policy.
  CorsAnswer For(std::string_view origin) const;

 private:
  std::vector<std::string> allowed_;
  bool any_ = false;
};

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

// 204 to OPTIONS: Allow, and for a preflight whose origin is allowed what Fetch asks for. A
// preflight may name the header Last-Event-ID, which browsers do for ids beyond 128 bytes.
void AppendOptions(std::string& out, bool preflight, bool keep_alive, const CorsAnswer& cors,
                   std::string_view http_date);

// "Come back later" in the one form that every client obeys: browsers give up for good on 429 and
// 503. A stream with one `overload` event that carries `retry:` in milliseconds (jittered by the
// caller); then the caller closes. In HTTP/1.1 the last chunk is left out so that every client
// reconnects.
void AppendOverload(std::string& out, bool http_1_0, const CorsAnswer& cors, std::uint32_t retry_ms,
                    std::string_view http_date);

// The standard reason phrase (RFC 9110 15); "Unknown" for a status that nothing here sends.
std::string_view ReasonPhrase(int status);

}  // namespace ringcast
