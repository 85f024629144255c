// Listening sockets, with every option that accepted sockets inherit, so that accepting a
// connection needs no further call on it.
//
// Threads: any; a listener is used by the ring it is given to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "uring/file_descriptor.h"

namespace ringcast {

// The kernel's own default; each shard has a listener of its own, so all together have many times
// it.
inline constexpr int kMaxBacklog = 4096;
// Connections that may wait at one listener here: net.core.somaxconn, at most kMaxBacklog. `root`
// stands in front of /proc.
std::uint32_t LongestBacklog(const std::string& root = {});

struct TcpListenerOptions {
  std::string host;           // an IPv4 or IPv6 literal
  std::uint16_t port = 0;     // 0: the kernel chooses
  bool reuse_port = false;    // one listener a shard on the same address
  int backlog = kMaxBacklog;  // the kernel clamps it to net.core.somaxconn
  // Bytes not yet sent above which a socket does not count as writable: what a stalled reader
  // costs.
  int unsent_low_water = 16 * 1024;
  Millis user_timeout{0};  // TCP_USER_TIMEOUT: a peer that acknowledges nothing for so long is gone
  // TCP_DEFER_ACCEPT: a connection is accepted when its first bytes have come, or after about so
  // long when none come, in whole seconds; 0: at once. No server here speaks first, and what has
  // come can be received at once: one poll and one wake-up less for each connection.
  Millis defer_accept = std::chrono::seconds(1);
  // TCP_KEEPIDLE: a connection that is silent for so long is asked whether its peer is still there,
  // in whole seconds; 0: the kernel's default, two hours. What asks of its own accord, such as a
  // heartbeat, needs none.
  Millis keepalive{0};
};

// Errors say which address, why, and what to do.
Result<UniqueFd> OpenTcpListener(const TcpListenerOptions& options);

// For connections that come from now on; one that is there keeps what it inherited.
Status SetUserTimeout(int tcp_listener, Millis user_timeout);
// Gives a listening TCP socket that somebody else opened what OpenTcpListener gives its own, for
// the connections that come from now on. Errors say what could not be set.
Status TuneTcpListener(int listener, const TcpListenerOptions& options);

// The port the listener got (for port 0).
std::uint16_t BoundPort(const UniqueFd& listener);

// What stands at the path of a UNIX socket, found out by connecting to it. With kNone and kStale
// a listener can be opened there.
struct SocketFile {
  enum class Kind : std::uint8_t { kNone, kStale, kLive, kNoSocket, kUnknown };
  Kind kind = Kind::kNone;
  std::int32_t process = 0;  // kLive: who listens; 0 when that cannot be told
  std::string error;         // all but kNone and kStale: why nobody else can listen there
};
SocketFile InspectSocketFile(const std::string& path);

// A UNIX stream listener. A stale socket file (nobody accepts behind it) is replaced; a live one,
// or a file that is no socket, is an error. `mode` are the permission bits, exact whatever the
// umask.
Result<UniqueFd> OpenUnixListener(const std::string& path, unsigned mode, int backlog = 4096);

// Other permission bits of its file, exact whatever the umask.
Status SetSocketMode(const std::string& path, unsigned mode);

// The user at the other end of a UNIX connection (SO_PEERCRED), with all groups (SO_PEERGROUPS).
struct PeerCredentials {
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::vector<std::uint32_t> further_groups;
  std::int32_t process = 0;
};
Result<PeerCredentials> ReadPeerCredentials(int unix_socket);

}  // namespace ringcast
