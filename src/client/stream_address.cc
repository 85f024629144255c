#include "client/stream_address.h"

#include <optional>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

Error Bad(std::string_view url, std::string_view why) {
  return Error{"'" + std::string(url) + "': " + std::string(why)};
}

// RFC 3986: everything but visible ASCII has to be percent-encoded.
bool FitsRequestLine(std::string_view target) {
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F) return false;
  }
  return true;
}

bool IsPort(std::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  unsigned number = 0;
  for (const char c : port) {
    if (!IsDigit(c)) return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number >= 1 && number <= 65535;
}

std::string Target(std::string_view path_and_query) {
  path_and_query = path_and_query.substr(0, path_and_query.find('#'));
  std::string target(path_and_query);
  if (target.empty() || target[0] != '/') target.insert(target.begin(), '/');
  return target;
}

// Takes HOST[:PORT] apart; false when it is neither.
bool TakeAuthority(std::string_view authority, StreamAddress& address) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    address.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    address.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
    if (address.host.find_first_of("[]@") != std::string::npos) return false;
  }
  if (address.host.empty() || !FitsRequestLine(address.host)) return false;
  if (port.empty()) {
    address.port = "80";
    return true;
  }
  if (port[0] != ':' || !IsPort(port.substr(1))) return false;
  address.port = port.substr(1);
  return true;
}

}  // namespace

Result<StreamAddress> ParseStreamUrl(std::string_view url) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kUnix = "unix:";
  StreamAddress address;
  if (url.starts_with(kUnix)) {
    const std::string_view rest = url.substr(kUnix.size());
    const std::size_t colon = rest.find(":/");
    address.unix_path = rest.substr(0, colon);
    if (address.unix_path.empty()) return Bad(url, "the path of the socket is missing");
    address.host = "localhost";
    address.port = "80";
    address.target = Target(colon == std::string_view::npos ? "" : rest.substr(colon + 1));
  } else if (url.starts_with(kHttp)) {
    const std::string_view rest = url.substr(kHttp.size());
    const std::size_t slash = rest.find_first_of("/?#");
    if (!TakeAuthority(rest.substr(0, slash), address)) {
      return Bad(url, "this is not HOST or HOST:PORT");
    }
    address.target = Target(slash == std::string_view::npos ? "" : rest.substr(slash));
  } else if (url.starts_with("https://")) {
    return Bad(url, "TLS is not spoken here; use http:// or unix:");
  } else {
    return Bad(url, "a URL starts with http:// or unix:");
  }
  if (!FitsRequestLine(address.target)) {
    return Bad(url, "spaces, controls and non-ASCII bytes must be percent-encoded");
  }
  return address;
}

std::string HostField(const StreamAddress& address) {
  std::string field = address.host;
  if (field.find(':') != std::string::npos) field = "[" + field + "]";
  if (address.port != "80") field += ":" + address.port;
  return field;
}

}  // namespace ringcast
