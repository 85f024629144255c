#include "uring/handed_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <optional>

namespace ringcast {
namespace {

std::optional<int> SocketOption(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, name, &value, &length) != 0) return std::nullopt;
  return value;
}

std::string InternetAddress(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
}

std::string UnixAddress(const sockaddr_storage& address, socklen_t length) {
  const auto& local = reinterpret_cast<const sockaddr_un&>(address);
  const std::size_t size = length - offsetof(sockaddr_un, sun_path);
  if (size > 0 && local.sun_path[0] == '\0') {
    return "unix:@" + std::string(local.sun_path + 1, size - 1);
  }
  return "unix:" + std::string(local.sun_path, ::strnlen(local.sun_path, size));
}

}  // namespace

Result<HandedListener> InspectHandedListener(int fd) {
  const std::optional<int> type = SocketOption(fd, SO_TYPE);
  if (!type) {
    return Error{errno == ENOTSOCK ? "it is no socket" : std::string(std::strerror(errno))};
  }
  if (*type != SOCK_STREAM) return Error{"it is no stream socket"};
  const int domain = SocketOption(fd, SO_DOMAIN).value_or(AF_UNSPEC);
  const bool internet = domain == AF_INET || domain == AF_INET6;
  if (!internet && domain != AF_UNIX) return Error{"it is neither a TCP nor a UNIX socket"};
  if (internet && SocketOption(fd, SO_PROTOCOL) != IPPROTO_TCP) {
    return Error{"it speaks another protocol than TCP"};
  }
  if (SocketOption(fd, SO_ACCEPTCONN).value_or(0) == 0) return Error{"it does not listen"};

  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0) {
    return Error{"it cannot be made blocking: " + std::string(std::strerror(errno))};
  }
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return Error{"its address cannot be read: " + std::string(std::strerror(errno))};
  }
  if (internet) return HandedListener{ListenerFamily::kTcp, InternetAddress(address)};
  return HandedListener{ListenerFamily::kUnix, UnixAddress(address, length)};
}

}  // namespace ringcast
