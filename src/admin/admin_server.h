// The admin listener: metrics, health and figures over HTTP, on a thread and a ring of its own, so
// that a slow scrape never touches the event path.
//
// Threads: the admin thread's.
// Invariants: a bounded number of connections; one operation in flight on each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/server_view.h"
#include "protocol/request_parser.h"
#include "uring/ring.h"

namespace ringcast {

class AdminServer {
 public:
  AdminServer(Ring& ring, int listener, ServerView view);

  // Serves what has arrived; waits a fraction of a second at most.
  void Tick();

 private:
  struct Connection {
    explicit Connection(int descriptor) : fd(descriptor) {}
    UniqueFd fd;
    RequestParser parser;
    char in[4096];
    std::string out;
    MonoTime deadline;
    bool closing = false;
    bool broken = false;
  };
  static constexpr std::size_t kMostConnections = 64;

  void OnAccept(const Completion& completion);
  void OnReceive(std::uint32_t index, std::int32_t result);
  void OnSent(std::uint32_t index, std::int32_t result);
  void Receive(std::uint32_t index);
  void Answer(Connection& connection);
  void Respond(Connection& connection, int status, std::string_view body,
               std::string_view content_type = "text/plain; charset=utf-8");
  void CloseExpired();

  Ring& ring_;
  const int listener_;
  const ServerView view_;
  bool accepting_ = false;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Completion> completions_;
};

}  // namespace ringcast
