#include "client/script_server.h"

#include <cstdio>

namespace ringcast::test {

ScriptServer::ScriptServer(Family family, std::vector<Script> scripts)
    : listener_(family == Family::kIpv6),
      scripts_(std::move(scripts)),
      thread_([this] { Serve(); }) {}

ScriptServer::ScriptServer(const std::string& path, std::vector<Script> scripts)
    : listener_(path), scripts_(std::move(scripts)), thread_([this] { Serve(); }) {}

ScriptServer::~ScriptServer() { Stop(); }

void ScriptServer::Stop() {
  if (!thread_.joinable()) return;
  listener_.Stop();
  thread_.join();
}

void ScriptServer::Serve() {
  while (true) {
    const int fd = listener_.Accept();
    if (fd < 0) return;
    const std::size_t index = requests_.size();
    const Script done{{"HTTP/1.1 204 No Content\r\n\r\n"}, false};
    ServeConnection(fd, index < scripts_.size() ? scripts_[index] : done);
    close(fd);
  }
}

void ScriptServer::ServeConnection(int fd, const Script& script) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    if (!listener_.WaitReadable(fd)) return;
    const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    request.append(buffer, static_cast<std::size_t>(got));
  }
  requests_.push_back(request);
  for (const std::string& piece : script.pieces) {
    for (std::size_t at = 0; at < piece.size();) {
      const ssize_t sent = send(fd, piece.data() + at, piece.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
  }
  while (script.hold) {
    if (!listener_.WaitReadable(fd) || recv(fd, buffer, sizeof buffer, 0) <= 0) return;
  }
}

std::string StreamHead(const std::string& extra) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + extra + "\r\n";
}

std::string Chunk(const std::string& data) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

}  // namespace ringcast::test
