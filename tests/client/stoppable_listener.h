// A listening socket whose waits end when it is told to stop: what the servers inside the client's
// tests stand on.
//
// Threads: Stop() may be called from any; the rest belongs to the serving thread.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "base/check.h"

namespace ringcast::test {

class StoppableListener {
 public:
  // A UNIX socket at `path`.
  explicit StoppableListener(const std::string& path) : StoppableListener(Family{AF_UNIX}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    RC_CHECK(path.size() < sizeof address.sun_path, "the path fits");
    std::memcpy(address.sun_path, path.data(), path.size());
    Listen(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }

  // Loopback, IPv6 or IPv4, at a free port.
  explicit StoppableListener(bool ipv6) : StoppableListener(Family{ipv6 ? AF_INET6 : AF_INET}) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    if (ipv6) {
      Listen(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
    } else {
      Listen(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
    }
    sockaddr_in6 bound{};
    socklen_t size = sizeof bound;
    RC_CHECK(getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size) == 0, "it is bound");
    // The port is at the same place for both families.
    port_ = ntohs(bound.sin6_port);
  }

  ~StoppableListener() {
    close(fd_);
    close(stop_);
  }
  StoppableListener(const StoppableListener&) = delete;
  StoppableListener& operator=(const StoppableListener&) = delete;

  std::uint16_t port() const { return port_; }

  void Stop() {
    const std::uint64_t one = 1;
    RC_CHECK(write(stop_, &one, sizeof one) == sizeof one, "an eventfd takes a one");
  }

  // The next connection, or -1 after Stop().
  int Accept() {
    if (!WaitReadable(fd_)) return -1;
    return accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  }

  // False after Stop().
  bool WaitReadable(int fd) {
    pollfd entries[2] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
    while (poll(entries, 2, -1) < 0) continue;
    return entries[1].revents == 0;
  }

 private:
  struct Family {
    int value;
  };
  explicit StoppableListener(Family family)
      : fd_(socket(family.value, SOCK_STREAM | SOCK_CLOEXEC, 0)), stop_(eventfd(0, EFD_CLOEXEC)) {
    RC_CHECK(fd_ >= 0 && stop_ >= 0, "the test has descriptors left");
  }

  void Listen(const sockaddr* address, socklen_t size) {
    RC_CHECK(bind(fd_, address, size) == 0, "the test's address is free");
    RC_CHECK(listen(fd_, 16) == 0, "a bound socket can listen");
  }

  int fd_;
  int stop_;
  std::uint16_t port_ = 0;
};

}  // namespace ringcast::test
