#include "integration/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace ringcast::test {

NotifySocket::NotifySocket(const std::string& path) : path_(path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || path.size() >= sizeof address.sun_path) throw std::runtime_error("no socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    throw std::runtime_error("cannot bind " + path);
  }
}

NotifySocket::~NotifySocket() { ::close(fd_); }

Result<std::string> NotifySocket::Next(Deadline deadline) {
  pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&readable, 1, deadline.PollMillis()) <= 0) return Error{"no message in time"};
  char text[4096];
  const ssize_t size = ::recv(fd_, text, sizeof text, 0);
  if (size < 0) return Error{std::string("recv: ") + std::strerror(errno)};
  return std::string(text, static_cast<std::size_t>(size));
}

Result<std::string> NotifySocket::NextThatBegins(const std::string& with, Deadline deadline) {
  std::string others;
  for (;;) {
    Result<std::string> message = Next(deadline);
    if (!message) return Error{"no message began with " + with + "; there were:\n" + others};
    if (message->starts_with(with)) return message;
    others += *message + "\n";
  }
}

void NotifySocket::Drain() {
  while (Next(std::chrono::milliseconds(0))) {
  }
}

}  // namespace ringcast::test
