#include "support/raw_application.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cctype>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace ringcast::test {
namespace {

int Listen(const std::string& unix_path, std::uint16_t& port) {
  const bool tcp = unix_path.empty();
  const int fd = ::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_un file{};
  file.sun_family = AF_UNIX;
  unix_path.copy(file.sun_path, sizeof file.sun_path - 1);
  const auto* where =
      tcp ? reinterpret_cast<const sockaddr*>(&address) : reinterpret_cast<const sockaddr*>(&file);
  const socklen_t size = tcp ? sizeof address : sizeof file;
  RC_CHECK(fd >= 0 && ::bind(fd, where, size) == 0 && ::listen(fd, 1024) == 0,
           "a test's application needs a listener");
  if (tcp) {
    socklen_t bound = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &bound);
    port = ntohs(address.sin_port);
  }
  return fd;
}

}  // namespace

RawApplication::RawApplication(Answering answering, const std::string& unix_path)
    : listener_(Listen(unix_path, port_)), answering_(std::move(answering)) {
  acceptor_ = std::thread([this] { Accept(); });
}

RawApplication::~RawApplication() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void RawApplication::Answer(Answering answering) {
  const std::lock_guard lock(mutex_);
  answering_ = std::move(answering);
}

std::vector<std::string> RawApplication::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

RawApplication::Reply RawApplication::Sound(int status, const std::string& fields,
                                            const std::string& body) {
  Reply reply;
  reply.bytes = "HTTP/1.1 " + std::to_string(status) + " Answer\r\n" + fields;
  if (status != 204) reply.bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  reply.bytes += "\r\n" + body;
  return reply;
}

std::string RawApplication::Field(const std::string& head, const std::string& name) {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
    at += 2;
    if (::strncasecmp(head.c_str() + at, name.c_str(), name.size()) != 0) continue;
    if (head[at + name.size()] != ':') continue;
    std::size_t begin = at + name.size() + 1;
    while (head[begin] == ' ') ++begin;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  return {};
}

void RawApplication::Accept() {
  while (!ending_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void RawApplication::Serve(int fd) {
  std::string bytes;
  bool goes_on = true;
  while (goes_on && !ending_) {
    std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) {
      char piece[4096];
      const ssize_t size = ::recv(fd, piece, sizeof piece, 0);
      if (size <= 0) break;
      bytes.append(piece, static_cast<std::size_t>(size));
      continue;
    }
    const std::string head = bytes.substr(0, end + 4);
    bytes.erase(0, end + 4);
    Reply reply;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(head);
      reply = answering_(head);
    }
    goes_on = SendReply(fd, reply);
  }
  const std::lock_guard lock(mutex_);
  open_.remove(fd);
  ::close(fd);
}

// False: the connection is at its end.
bool RawApplication::SendReply(int fd, const Reply& reply) {
  if (!Sleep(reply.before)) return false;
  const std::size_t step = reply.between_bytes.count() > 0 ? 1 : reply.bytes.size();
  for (std::size_t at = 0; at < reply.bytes.size(); at += step) {
    if (at > 0 && !Sleep(reply.between_bytes)) return false;
    if (::send(fd, reply.bytes.data() + at, step, MSG_NOSIGNAL) < 0) return false;
  }
  switch (reply.then) {
    case Then::kKeep:
      return true;
    case Then::kClose:
      return false;
    case Then::kReset: {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return false;
    }
    case Then::kSilent:
      while (Sleep(std::chrono::milliseconds(100))) {
      }
      return false;
  }
  return false;
}

bool RawApplication::Sleep(std::chrono::milliseconds time) const {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!ending_ && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(
        std::chrono::milliseconds(20), until - std::chrono::steady_clock::now()));
  }
  return !ending_;
}

}  // namespace ringcast::test
