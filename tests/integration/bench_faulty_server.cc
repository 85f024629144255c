#include "integration/bench_faulty_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace ringcast::test {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// False: the peer has gone.
bool ReadMore(int fd, std::string& received) {
  char piece[4096];
  const ssize_t size = ::recv(fd, piece, sizeof piece, 0);
  if (size <= 0) return false;
  received.append(piece, static_cast<std::size_t>(size));
  return true;
}

// What stands after "NAME: "; empty: no such field.
std::string Field(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t value = at + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

std::string Path(const std::string& head) {
  const std::size_t start = head.find(' ') + 1;
  return head.substr(start, head.find(' ', start) - start);
}

}  // namespace

FaultyServer::FaultyServer(Fault fault) : fault_(fault) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  RC_CHECK(listener_ >= 0 &&
               ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
               ::listen(listener_, SOMAXCONN) == 0 &&
               ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
           "a test's server needs a listener");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

FaultyServer::~FaultyServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
}

std::string FaultyServer::Url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void FaultyServer::Accept() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_ || fd < 0) {
      if (fd >= 0) ::close(fd);
      return;
    }
    open_.push_back(fd);
    connections_.emplace_back([this, fd] { Serve(fd); });
  }
}

void FaultyServer::Serve(int fd) {
  std::string received;
  bool whole = false;
  while (!whole && ReadMore(fd, received)) {
    whole = received.find(kHeadEnd) != std::string::npos;
  }
  if (whole && received.starts_with("POST ")) {
    TakePosts(fd, std::move(received));
  } else if (whole) {
    Stream(fd, received);
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

void FaultyServer::TakePosts(int fd, std::string received) {
  while (true) {
    const std::size_t head_end = received.find(kHeadEnd);
    if (head_end == std::string::npos) {
      if (!ReadMore(fd, received)) return;
      continue;
    }
    const std::string head = received.substr(0, head_end + 2);
    const auto length = std::strtoull(Field(head, "Content-Length").c_str(), nullptr, 10);
    received.erase(0, head_end + kHeadEnd.size());
    while (received.size() < length) {
      if (!ReadMore(fd, received)) return;
    }
    {
      const std::lock_guard lock(mutex_);
      events_.push_back({Path(head), received.substr(0, length)});
    }
    changed_.notify_all();
    received.erase(0, length);
    if (!SendAll(fd, "HTTP/1.1 204 No Content\r\n\r\n")) return;
  }
}

void FaultyServer::Stream(int fd, const std::string& head) {
  const std::string path = Path(head);
  const std::string id = Field(head, "Last-Event-ID");
  std::size_t at = id.empty() ? 0 : std::strtoull(id.c_str() + 1, nullptr, 10);
  if (id.empty()) {
    const std::lock_guard lock(mutex_);
    at = events_.size();
  } else if (fault_ == Fault::kLoses) {
    ++at;
  } else if (fault_ == Fault::kDoubles) {
    --at;
  }
  if (!SendAll(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")) return;
  while (true) {
    const std::string block = NextBlock(path, at);
    if (block.empty() || !SendAll(fd, block)) return;
  }
}

std::string FaultyServer::NextBlock(const std::string& path, std::size_t& at) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || events_.size() > at; });
    if (stopping_) return {};
    const Event& event = events_[at++];
    if (event.path != path && fault_ != Fault::kMixes) continue;
    const std::string id = fault_ == Fault::kNoIds ? "" : "id: e" + std::to_string(at) + "\n";
    return id + "data: " + event.data + "\n\n";
  }
}

}  // namespace ringcast::test
