#include "protocol/auth_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "protocol/ascii.h"
#include "protocol/log_escape.h"

namespace ringcast {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kExample = "http://127.0.0.1:3000/sse-auth";
// sockaddr_un::sun_path less its NUL (unix(7)).
constexpr std::size_t kMaxSocketPathBytes = 107;
constexpr std::size_t kMaxUrlBytes = 2048;

Error Wrong(std::string_view text, std::string_view what) {
  return {"\"" + EscapeForLog(text) + "\" " + std::string(what)};
}

// Bytes that may stand in a URL (RFC 3986 2), with '%' for escapes.
bool IsUrlByte(char c) {
  constexpr std::string_view kForbidden = "\"<>\\^`{|}#";
  return c > ' ' && c < '\x7f' && kForbidden.find(c) == std::string_view::npos;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || at != end || port == 0) return std::nullopt;
  return port;
}

Result<AuthUrl> ParseUnix(std::string_view text, std::string_view rest) {
  constexpr std::string_view kForm = "write http://unix:/PATH.sock:/URI";
  const std::size_t colon = rest.find(':');
  const std::string_view path = rest.substr(0, colon);
  const std::string_view uri =
      colon == std::string_view::npos ? std::string_view("/") : rest.substr(colon + 1);
  if (!path.starts_with('/') || path.ends_with('/') || !uri.starts_with('/')) {
    return Wrong(text,
                 "does not name a UNIX socket and what to ask for there; " + std::string(kForm));
  }
  if (path.size() > kMaxSocketPathBytes) {
    return Wrong(text, "has a socket's path of more than 107 bytes, which no socket has");
  }
  AuthUrl url;
  url.text = text;
  url.unix_socket = path;
  url.request = "http://localhost" + std::string(uri);
  return url;
}

}  // namespace

Result<AuthUrl> ParseAuthUrl(std::string_view text) {
  const bool tls = text.starts_with(kHttps);
  if (!tls && !text.starts_with(kHttp)) {
    return Wrong(text,
                 "is not a URL of the application; write one such as " + std::string(kExample));
  }
  if (text.size() > kMaxUrlBytes || !std::all_of(text.begin(), text.end(), IsUrlByte)) {
    return Wrong(text,
                 "has a byte that no URL has, or a fragment, or more than 2048 bytes; write "
                 "one such as " +
                     std::string(kExample));
  }
  std::string_view rest = text.substr(tls ? kHttps.size() : kHttp.size());
  if (rest.starts_with(kUnix)) {
    if (tls) return Wrong(text, "asks for TLS on a UNIX socket; write http://unix:/PATH.sock:/URI");
    return ParseUnix(text, rest.substr(kUnix.size()));
  }
  const std::size_t slash = std::min(rest.find('/'), rest.find('?'));
  std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) {
    return Wrong(text, "holds a user or a password, which would show in the log; leave them away");
  }
  AuthUrl url;
  url.text = text;
  url.port = tls ? 443 : 80;
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return Wrong(text, "has no ] behind its IPv6 address");
    host = authority.substr(1, bracket - 1);
    port = authority.substr(bracket + 1);
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  const bool v6 = authority.starts_with('[');
  const bool sound = !host.empty() && std::all_of(host.begin(), host.end(), [v6](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '.' || (v6 ? c == ':' : c == '-' || c == '_');
  });
  if (!sound) {
    return Wrong(text, "has no host; write one such as " + std::string(kExample));
  }
  if (!port.empty()) {
    const std::optional<std::uint16_t> number =
        port.front() == ':' ? ParsePort(port.substr(1)) : std::nullopt;
    if (!number) {
      return Wrong(text, "has no valid port; write a number from 1 to 65535 after the colon");
    }
    url.port = *number;
  }
  url.host = host;
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), ToLower);
  url.request = text;
  return url;
}

}  // namespace ringcast
