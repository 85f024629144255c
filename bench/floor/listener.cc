#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "failure.h"

namespace bare {

namespace {

void Set(int fd, int level, int name, int value) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) Fail("setsockopt", errno);
}

int OpenSocket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Fail("socket", errno);
  Set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  return fd;
}

void Bind(int fd, const std::string& ipv4_address, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, ipv4_address.c_str(), &address.sin_addr) != 1) {
    Fail("--address must be an IPv4 address", EINVAL);
  }
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    Fail("bind", errno);
  }
}

}  // namespace

void RequireFreePort(const std::string& ipv4_address, std::uint16_t port) {
  const int fd = OpenSocket();
  Bind(fd, ipv4_address, port);
  ::close(fd);
}

int OpenListener(const std::string& ipv4_address, std::uint16_t port) {
  const int fd = OpenSocket();
  Set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  Set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  Set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  Set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16 * 1024);
  Set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
  Bind(fd, ipv4_address, port);
  if (::listen(fd, 65535) != 0) Fail("listen", errno);  // the kernel clamps it to somaxconn
  return fd;
}

}  // namespace bare
