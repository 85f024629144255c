#include "config/origin.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "config/units.h"

namespace ringcast {
namespace {

Error NotAnOrigin(std::string_view text) {
  return {Quoted(text) + " is not an origin; write SCHEME://HOST or SCHEME://HOST:PORT, such as " +
          "https://example.org, or https://*.example.org for every name below it, " +
          "http://localhost:* for every port, or * for every origin"};
}

// RFC 3986 3.1, after lower-casing.
bool IsScheme(std::string_view text) {
  constexpr std::string_view kRest = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of(kRest) == std::string_view::npos;
}

// A name, an IPv4 address or a bracketed IPv6 address. Browsers send names outside ASCII as
// punycode.
bool IsHost(std::string_view text) {
  if (text.starts_with('[')) {
    return text.size() > 2 && text.back() == ']' &&
           text.substr(1, text.size() - 2).find_first_not_of("0123456789abcdef:.") ==
               std::string_view::npos;
  }
  constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyz0123456789-._";
  return !text.empty() && text.find_first_not_of(kName) == std::string_view::npos;
}

// As browsers write it, without zeros in front.
bool IsPort(std::string_view text) {
  if (text.starts_with('0')) return false;
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number != 0;
}

}  // namespace

Result<std::string> ParseOrigin(std::string_view text) {
  if (text == "*" || text == "null") return std::string(text);
  if (text.starts_with("*.")) {
    return Error{Quoted(text) + " has no scheme; write https://" + std::string(text)};
  }
  std::string origin(text);
  std::transform(origin.begin(), origin.end(), origin.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::size_t separator = origin.find("://");
  if (separator == std::string::npos) return NotAnOrigin(text);
  const std::string_view scheme = std::string_view(origin).substr(0, separator);
  std::string_view host = std::string_view(origin).substr(separator + 3);
  if (host.find('/') != std::string_view::npos) {
    return Error{Quoted(text) + " has a path, which no browser sends in an origin; write " +
                 origin.substr(0, origin.find('/', separator + 3))};
  }
  std::string_view port;
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon)) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    if (port != "*" && !IsPort(port)) return NotAnOrigin(text);
  }
  const bool below = host.starts_with("*.");
  if (below) host.remove_prefix(2);
  if (host.find('*') != std::string_view::npos) {
    return Error{Quoted(text) + " has a star for something else than whole names in front; write " +
                 "https://*.example.org, or each origin"};
  }
  if (below && (port == "*" || host.starts_with('['))) {
    return Error{Quoted(text) + " leaves both name and port open; write a name, such as " +
                 std::string(scheme) + "://" + std::string(host) + ":*"};
  }
  if (!IsScheme(scheme) || !IsHost(host)) return NotAnOrigin(text);
  // Browsers leave out the scheme's own port (RFC 6454 6.2, step 5).
  const bool is_default =
      (scheme == "http" && port == "80") || (scheme == "https" && port == "443");
  std::string canonical = std::string(scheme) + "://" + (below ? "*." : "") + std::string(host);
  if (!port.empty() && !is_default) canonical += ":" + std::string(port);
  return canonical;
}

}  // namespace ringcast
