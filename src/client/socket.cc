#include "client/socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace ringcast {
namespace {

// How long a wait may overlook the stop flag.
constexpr int kStopCheckMs = 200;

// Starts a connection; 0 when it is made, EINPROGRESS when it is under way, else why not.
int StartConnect(int fd, const sockaddr* address, socklen_t size) {
  return connect(fd, address, size) == 0 ? 0 : errno;
}

int FinishConnect(int fd, int timeout_ms, const std::atomic<bool>* stop) {
  for (int waited = 0; waited < timeout_ms; waited += kStopCheckMs) {
    // Relaxed: the flag carries no data.
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) return ECANCELED;
    if (WaitFor(fd, POLLOUT, std::min(kStopCheckMs, timeout_ms - waited)) == 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
  }
  return ETIMEDOUT;
}

void KeepAlive(int fd) {
  const int on = 1;
  const int idle_seconds = 60;
  const int between_seconds = 15;
  const int probes = 4;
  // Without keepalive the stream still works, so a refusal is no reason to give it up.
  (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between_seconds, sizeof between_seconds);
  (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Socket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<Socket> ConnectUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Error{"the path of a UNIX socket has 1 to 107 bytes: " + path};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error{"cannot make a socket: " + ErrnoText(errno)};
  const int error =
      StartConnect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (error != 0) return Error{"cannot connect to " + path + ": " + ErrnoText(error)};
  return socket;
}

Result<Socket> ConnectTcp(const std::string& host, const std::string& port, int timeout_ms,
                          const std::atomic<bool>* stop) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int lookup = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (lookup != 0) return Error{"cannot find " + host + ": " + gai_strerror(lookup)};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);

  int error = EADDRNOTAVAIL;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    Socket socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
      error = errno;
      continue;
    }
    error = StartConnect(socket.fd(), at->ai_addr, at->ai_addrlen);
    if (error == EINPROGRESS) error = FinishConnect(socket.fd(), timeout_ms, stop);
    if (error == 0) {
      KeepAlive(socket.fd());
      return socket;
    }
    if (error == ECANCELED) break;
  }
  return Error{"cannot connect to " + host + " port " + port + ": " + ErrnoText(error)};
}

short WaitFor(int fd, short events, int timeout_ms) {
  pollfd entry{fd, events, 0};
  return poll(&entry, 1, timeout_ms) > 0 ? entry.revents : short{0};
}

void SleepFor(int ms) { (void)poll(nullptr, 0, ms); }

std::string ErrnoText(int error) { return std::generic_category().message(error); }

}  // namespace ringcast
