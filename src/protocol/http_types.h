// What a request's head says, once it has been read and judged: plain values, no parsing here.
//
// Threads: plain values.
// Invariants (of a head that RequestParser has reported): the target has one of the forms of RFC
// 9112 3.2 and only printable ASCII with whole percent escapes; the framing is free of doubt (never
// both Content-Length and Transfer-Encoding). Values of fields are opaque bytes: they may hold
// 0x80-0xFF and are escaped before they are logged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ringcast {

// kOther is a method that is known but that no resource here has (PATCH): it is answered 405.
// Unknown methods never get this far (501, RFC 9110 15.6.2).
enum class HttpMethod : std::uint8_t { kGet, kHead, kOptions, kPost, kPut, kDelete, kOther };

// The methods of a resource that is read, for the field Allow.
inline constexpr std::string_view kStreamAllow = "GET, HEAD, OPTIONS";

struct RequestHead {
  HttpMethod method = HttpMethod::kGet;
  // The major version is always 1; any minor version above 0 is handled as 1.1 (RFC 9110 2.5).
  bool http_1_0 = false;

  // The request target as it was sent.
  std::string target;
  // The authority the request is for: that of an absolute-form target, else the Host field (RFC
  // 9112 3.2.2). Empty only in HTTP/1.0.
  std::string host;

  // Raw value of Last-Event-ID; a field that was sent more than once is joined with ", ", which no
  // id matches.
  bool has_last_event_id = false;
  std::string last_event_id;
  // Raw value of Origin, joined in the same way.
  bool has_origin = false;
  std::string origin;
  // Raw value of X-Forwarded-For, joined in the same way. Anybody can write it: it means something
  // only on a connection of a proxy that is trusted (hub/trusted_proxies.h).
  std::string forwarded_for;

  // False only if Accept names types and none of them matches text/event-stream with q > 0.
  bool accepts_event_stream = true;
  // False in HTTP/1.0 and after `Connection: close`.
  bool keep_alive = true;
  // A body follows and the client waits for `100 Continue` before it sends it (RFC 9110 10.1.1).
  bool expect_continue = false;
  // Access-Control-Request-Method is there: an OPTIONS request is a CORS preflight.
  bool has_request_method = false;
  // Access-Control-Request-Private-Network is there.
  bool asks_private_network = false;

  // Framing of the body. has_body: the request announced a body, even one of zero bytes.
  bool has_body = false;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;  // bytes, below 2^63

  // Where path and query lie inside target.
  std::size_t path_begin = 0;
  std::size_t path_size = 0;
  std::size_t query_begin = 0;
  std::size_t query_size = 0;

  // Raw, still percent-encoded. The path is "*" for `OPTIONS *`, and "/" if an absolute-form target
  // has none. Views into target: they live as long as this head is unchanged.
  std::string_view path() const {
    if (path_size == 0) return "/";
    return std::string_view(target).substr(path_begin, path_size);
  }
  // Raw, without the question mark; empty if there is none.
  std::string_view query() const {
    return std::string_view(target).substr(query_begin, query_size);
  }

  // Forgets everything but the capacity of the strings.
  void Clear() {
    RequestHead fresh;
    for (std::string RequestHead::*text :
         {&RequestHead::target, &RequestHead::host, &RequestHead::last_event_id,
          &RequestHead::origin, &RequestHead::forwarded_for}) {
      fresh.*text = std::move(this->*text);
      (fresh.*text).clear();
    }
    *this = std::move(fresh);
  }
};

}  // namespace ringcast
