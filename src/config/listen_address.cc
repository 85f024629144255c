#include "config/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "base/units.h"

namespace ringcast {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kProxyPrefix = "proxy:";

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::uint16_t> ParsePort(std::string_view text, std::string_view whole) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return Error{Quoted(whole) + " has no valid port; write a number from 1 to 65535 after the " +
                 "colon, such as 127.0.0.1:8080"};
  }
  return port;
}

// The canonical text of a literal, so that two spellings of one address compare equal; empty when
// it is none.
std::string CanonicalLiteral(int family, std::string_view text) {
  unsigned char bytes[sizeof(in6_addr)];
  char canonical[INET6_ADDRSTRLEN];
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return {};
  if (inet_pton(family, terminated.c_str(), bytes) != 1) return {};
  if (inet_ntop(family, bytes, canonical, sizeof canonical) == nullptr) return {};
  return canonical;
}

}  // namespace

ListenAddress ListenAddress::Tcp(std::string host, std::uint16_t port) {
  return {.kind = Kind::kTcp, .host = std::move(host), .port = port, .path = {}};
}

ListenAddress ListenAddress::Unix(std::string path) {
  return {.kind = Kind::kUnix, .host = {}, .port = 0, .path = std::move(path)};
}

std::string ListenAddress::ToString() const {
  const std::string before(proxy_protocol ? kProxyPrefix : std::string_view());
  if (kind == Kind::kUnix) return before + std::string(kUnixPrefix) + path;
  const bool is_v6 = host.find(':') != std::string::npos;
  return before + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool ListenAddress::SamePlace(const ListenAddress& other) const {
  return kind == other.kind && host == other.host && port == other.port && path == other.path;
}

bool ListenAddress::IsLoopback() const {
  return kind == Kind::kTcp && (host.starts_with("127.") || host == "::1");
}

Result<std::string> ParseSocketPath(std::string_view text) {
  std::string_view path = text;
  if (path.starts_with(kUnixPrefix)) path.remove_prefix(kUnixPrefix.size());
  if (path.empty())
    return Error{Quoted(text) + " has no path; write one, such as unix:/run/x.sock"};
  if (path.front() == '@' || path.find('\0') != std::string_view::npos) {
    return Error{Quoted(text) +
                 " is an abstract socket, which has no file mode to protect it; write a path"};
  }
  if (path.size() > kMaxSocketPathBytes) {
    return Error{Quoted(text) + " is " + std::to_string(path.size()) +
                 " bytes long; the path of a " + "socket has at most " +
                 std::to_string(kMaxSocketPathBytes)};
  }
  if (path.back() == '/') return Error{Quoted(text) + " is a directory; add the socket's name"};
  return std::string(path);
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  if (text.starts_with(kProxyPrefix)) {
    const std::string_view rest = text.substr(kProxyPrefix.size());
    if (rest.starts_with(kProxyPrefix)) {
      return Error{Quoted(text) + " says proxy: twice; write it once"};
    }
    Result<ListenAddress> address = ParseListenAddress(rest);
    if (address) address->proxy_protocol = true;
    return address;
  }
  if (text.starts_with(kUnixPrefix)) {
    Result<std::string> path = ParseSocketPath(text);
    if (!path) return path.error();
    return ListenAddress::Unix(std::move(*path));
  }
  if (text.starts_with('/')) {
    return Error{Quoted(text) + " is a path; write unix:" + std::string(text) +
                 " for a UNIX socket"};
  }
  if (AllDigits(text)) {
    return Error{Quoted(text) + " has no address; write 127.0.0.1:" + std::string(text) +
                 " for this machine only or 0.0.0.0:" + std::string(text) + " for everyone"};
  }
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos || bracket + 1 != colon) {
      return Error{Quoted(text) + " has no port; write [ADDRESS]:PORT, such as [::1]:8080"};
    }
    std::string host = CanonicalLiteral(AF_INET6, text.substr(1, bracket - 1));
    if (host.empty()) {
      return Error{Quoted(text) + " has no IPv6 address between its brackets; write [::1]:8080"};
    }
    const Result<std::uint16_t> port = ParsePort(text.substr(colon + 1), text);
    if (!port) return port.error();
    return ListenAddress::Tcp(std::move(host), *port);
  }
  if (colon == std::string_view::npos) {
    return Error{Quoted(text) + " has no port; write ADDRESS:PORT, such as 127.0.0.1:8080"};
  }
  std::string_view name = text.substr(0, colon);
  if (name.find(':') != std::string_view::npos) {
    return Error{Quoted(text) +
                 " is an IPv6 address without brackets; write [ADDRESS]:PORT, such " +
                 "as [::1]:8080"};
  }
  const Result<std::uint16_t> port = ParsePort(text.substr(colon + 1), text);
  if (!port) return port.error();
  if (name.empty() || name == "*") name = "0.0.0.0";
  if (name == "localhost") name = "127.0.0.1";
  std::string host = CanonicalLiteral(AF_INET, name);
  if (host.empty()) {
    return Error{Quoted(text) + " does not start with an IP address; names are not looked up: " +
                 "write the address itself, such as 127.0.0.1:8080"};
  }
  return ListenAddress::Tcp(std::move(host), *port);
}

}  // namespace ringcast
