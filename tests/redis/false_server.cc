#include "redis/false_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace ringcast::test {
namespace {

struct Peer {
  int fd = -1;
  std::string bytes;
};

// Takes one whole command ("*2\r\n$4\r\nPING..") off the front; empty when there is none.
std::vector<std::string> TakeCommand(std::string& bytes) {
  std::size_t at = 0;
  const auto number = [&](char mark) -> long {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos || bytes[at] != mark) return -1;
    const long value = std::strtol(bytes.c_str() + at + 1, nullptr, 10);
    at = end + 2;
    return value;
  };
  if (bytes.empty()) return {};
  const long count = number('*');
  std::vector<std::string> words;
  for (long i = 0; i < count; ++i) {
    const long size = at < bytes.size() ? number('$') : -1;
    if (size < 0 || at + static_cast<std::size_t>(size) + 2 > bytes.size()) return {};
    words.push_back(bytes.substr(at, static_cast<std::size_t>(size)));
    at += static_cast<std::size_t>(size) + 2;
  }
  bytes.erase(0, at);
  return words;
}

}  // namespace

FalseServer::FalseServer(Answer answer) : answer_(std::move(answer)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory_.File("r.sock");
  std::memcpy(address.sun_path, path.data(), path.size());
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_ = eventfd(0, EFD_CLOEXEC);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 16) != 0) {
    throw std::runtime_error("cannot listen on " + path);
  }
  thread_ = std::thread([this] { Serve(); });
}

FalseServer::~FalseServer() {
  const std::uint64_t one = 1;
  (void)!write(stop_, &one, sizeof one);
  thread_.join();
  close(listener_);
  close(stop_);
}

void FalseServer::Say(Answer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

std::size_t FalseServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void FalseServer::Serve() {
  std::vector<Peer> peers;
  while (true) {
    std::vector<pollfd> entries{{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Peer& peer : peers) entries.push_back({peer.fd, POLLIN, 0});
    (void)poll(entries.data(), entries.size(), -1);
    if (entries[0].revents != 0) break;
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (entries[i + 2].revents == 0) continue;
      char piece[4096];
      const ssize_t size = recv(peers[i].fd, piece, sizeof piece, 0);
      if (size <= 0) {
        close(peers[i].fd);
        peers[i].fd = -1;
        continue;
      }
      peers[i].bytes.append(piece, static_cast<std::size_t>(size));
      for (std::vector<std::string> words; words = TakeCommand(peers[i].bytes), !words.empty();) {
        std::string said;
        {
          const std::lock_guard lock(mutex_);
          said = answer_(words);
        }
        (void)!send(peers[i].fd, said.data(), said.size(), MSG_NOSIGNAL);
      }
    }
    std::erase_if(peers, [](const Peer& peer) { return peer.fd < 0; });
    if (entries[1].revents == 0) continue;
    peers.push_back({accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), {}});
    const std::lock_guard lock(mutex_);
    ++connections_;
  }
  for (const Peer& peer : peers) close(peer.fd);
}

}  // namespace ringcast::test
