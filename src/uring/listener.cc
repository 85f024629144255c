#include "uring/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

namespace ringcast {
namespace {

std::string Because(int error) { return std::strerror(error); }

std::string Shown(const TcpListenerOptions& options) {
  const bool v6 = options.host.find(':') != std::string::npos;
  return (v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port);
}

bool Set(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// What accepted sockets inherit, and when they are accepted.
bool SetOptions(int fd, const TcpListenerOptions& options) {
  const auto user_timeout = static_cast<int>(options.user_timeout.count());
  const auto defer_accept = static_cast<int>(options.defer_accept / std::chrono::seconds(1));
  const auto keepalive = static_cast<int>(options.keepalive / std::chrono::seconds(1));
  return Set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) && Set(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
         Set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, options.unsent_low_water) &&
         Set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, defer_accept) &&
         (user_timeout == 0 || Set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout)) &&
         (keepalive == 0 || (Set(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive) &&
                             Set(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive)));
}

Error BindError(const TcpListenerOptions& options, int error) {
  const std::string at = "cannot listen on " + Shown(options) + ": ";
  switch (error) {
    case EADDRINUSE:
      return {at + "the port is taken; `ss -ltnp` shows by whom, or choose another with --listen"};
    case EACCES:
      return {at + "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE"};
    case EADDRNOTAVAIL:
      return {at + "this machine has no such address"};
    default:
      return {at + Because(error)};
  }
}

std::string BecauseOfDirectory(int error) {
  if (error == ENOENT) return "its directory does not exist";
  if (error == EACCES) return "its directory is not writable for this user";
  return Because(error);
}

// Why no file can be made at the path, as far as its directory is concerned; empty if it can.
std::string WhyNotIn(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::access(directory.c_str(), W_OK | X_OK) == 0) return {};
  return BecauseOfDirectory(errno);
}

std::string PathLength() {
  return "a socket path has 1 to " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes";
}

bool FillAddress(const std::string& path, sockaddr_un& address) {
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

}  // namespace

std::uint32_t LongestBacklog(const std::string& root) {
  std::uint32_t most = kMaxBacklog;
  std::ifstream(root + "/proc/sys/net/core/somaxconn") >> most;
  return std::min<std::uint32_t>(most, kMaxBacklog);
}

Result<UniqueFd> OpenTcpListener(const TcpListenerOptions& options) {
  sockaddr_storage address{};
  socklen_t length = 0;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
  if (::inet_pton(AF_INET, options.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(options.port);
    length = sizeof *v4;
  } else if (::inet_pton(AF_INET6, options.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(options.port);
    length = sizeof *v6;
  } else {
    return Error{"cannot listen on " + Shown(options) +
                 ": the host must be an IPv4 or IPv6 address such as 127.0.0.1 or ::"};
  }
  UniqueFd fd(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Error{"cannot listen on " + Shown(options) + ": " + Because(errno)};
  bool set = Set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) && SetOptions(fd.get(), options);
  if (options.reuse_port) set = set && Set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  // [::] means IPv6 alone, so that 0.0.0.0 on the same port can stand beside it.
  if (address.ss_family == AF_INET6) set = set && Set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (!set) return Error{"cannot listen on " + Shown(options) + ": " + Because(errno)};
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(fd.get(), options.backlog) != 0) {
    return BindError(options, errno);
  }
  return fd;
}

Status SetUserTimeout(int tcp_listener, Millis user_timeout) {
  if (Set(tcp_listener, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(user_timeout.count()))) {
    return Done{};
  }
  return Error{"TCP_USER_TIMEOUT of a listener stays as it was: " + Because(errno)};
}

Status TuneTcpListener(int listener, const TcpListenerOptions& options) {
  if (!SetOptions(listener, options)) {
    return Error{"the options of its connections cannot be set: " + Because(errno)};
  }
  return Done{};
}

std::uint16_t BoundPort(const UniqueFd& listener) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

SocketFile InspectSocketFile(const std::string& path) {
  using Kind = SocketFile::Kind;
  const std::string at = "cannot listen on unix:" + path + ": ";
  sockaddr_un address{};
  if (!FillAddress(path, address)) return {Kind::kUnknown, 0, at + PathLength()};
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    const std::string closed = WhyNotIn(path);
    if (!closed.empty()) return {Kind::kUnknown, 0, at + closed};
    return {};
  }
  if (!S_ISSOCK(info.st_mode)) {
    return {Kind::kNoSocket, 0, at + "a file that is no socket is in the way"};
  }
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) return {Kind::kUnknown, 0, at + Because(errno)};
  const bool connected =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (connected || errno == EAGAIN) {
    // EAGAIN: its backlog is full, so somebody listens; but who it is can then not be told.
    const Result<PeerCredentials> peer = ReadPeerCredentials(probe.get());
    return {Kind::kLive, connected && peer ? peer->process : 0,
            at + "another server listens there; stop it or choose another path"};
  }
  if (errno != ECONNREFUSED) return {Kind::kUnknown, 0, at + Because(errno)};
  const std::string closed = WhyNotIn(path);
  if (!closed.empty()) return {Kind::kUnknown, 0, at + closed};
  return {Kind::kStale, 0, {}};
}

Result<UniqueFd> OpenUnixListener(const std::string& path, unsigned mode, int backlog) {
  const std::string at = "cannot listen on unix:" + path + ": ";
  sockaddr_un address{};
  if (!FillAddress(path, address)) return Error{at + PathLength()};
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const SocketFile found = InspectSocketFile(path);
  if (!found.error.empty()) return Error{found.error};
  if (found.kind == SocketFile::Kind::kStale && ::unlink(path.c_str()) != 0) {
    return Error{at + "the stale socket stays: " + Because(errno)};
  }
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Error{at + Because(errno)};
  // The mode is set before anybody can connect: the file appears with bind, listening starts later.
  if (::bind(fd.get(), generic, sizeof address) != 0) {
    return Error{at + BecauseOfDirectory(errno)};
  }
  if (::chmod(path.c_str(), mode) != 0 || ::listen(fd.get(), backlog) != 0) {
    return Error{at + Because(errno)};
  }
  return fd;
}

Status SetSocketMode(const std::string& path, unsigned mode) {
  if (::chmod(path.c_str(), mode) == 0) return Done{};
  return Error{"the file mode of " + path + " stays as it was: " + Because(errno)};
}

Result<PeerCredentials> ReadPeerCredentials(int unix_socket) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(unix_socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    return Error{"the peer's credentials cannot be read: " + Because(errno)};
  }
  PeerCredentials credentials{peer.uid, peer.gid, {}, peer.pid};
  // The first call tells how many bytes there are (unix(7)).
  socklen_t size = 0;
  if (::getsockopt(unix_socket, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size) != 0 &&
      errno == ERANGE) {
    credentials.further_groups.resize(size / sizeof(std::uint32_t));
    static_assert(sizeof(gid_t) == sizeof(std::uint32_t));
    if (::getsockopt(unix_socket, SOL_SOCKET, SO_PEERGROUPS, credentials.further_groups.data(),
                     &size) != 0) {
      credentials.further_groups.clear();
    }
  }
  return credentials;
}

}  // namespace ringcast
