// An address to listen on: a TCP address and port, or the path of a UNIX socket.
//
//   127.0.0.1:8080    [::1]:8080    one address
//   :8080  *:8080                   every IPv4 address, as "listen 8080" in nginx
//   [::]:8080                       every IPv6 address
//   localhost:8080                  127.0.0.1; other names are refused, nothing here asks a
//   resolver unix:/run/ringcast/events.sock
//   proxy:127.0.0.1:8081  proxy:unix:PATH   the same, for proxies that send the PROXY protocol
//
// Threads: a plain value.
// Invariants (of what ParseListenAddress returns): host is an IP literal in its canonical form,
// IPv6 without brackets; port is not 0; path is 1 to 107 bytes, which sockaddr_un holds, and not
// abstract.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

// sockaddr_un::sun_path less its NUL (unix(7)).
inline constexpr std::size_t kMaxSocketPathBytes = 107;

struct ListenAddress {
  enum class Kind : std::uint8_t { kTcp, kUnix };

  Kind kind = Kind::kTcp;
  std::string host;        // kTcp only
  std::uint16_t port = 0;  // kTcp only
  std::string path;        // kUnix only
  // Each connection begins with a header of the PROXY protocol (protocol/proxy_header.h).
  bool proxy_protocol = false;

  bool operator==(const ListenAddress&) const = default;

  static ListenAddress Tcp(std::string host, std::uint16_t port);
  static ListenAddress Unix(std::string path);

  // The same socket, whatever is spoken on it.
  bool SamePlace(const ListenAddress& other) const;

  // TCP, and reachable from this machine alone.
  bool IsLoopback() const;

  // As a user would type it; ParseListenAddress reads it back.
  std::string ToString() const;
};

// The error names the text and what to write instead.
Result<ListenAddress> ParseListenAddress(std::string_view text);

// A UNIX socket's path, with or without "unix:" in front.
Result<std::string> ParseSocketPath(std::string_view text);

}  // namespace ringcast
