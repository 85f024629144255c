// The admin listener: the dashboard, its stream of figures, metrics and health over HTTP, on a
// thread and a ring of its own, so that a slow scrape never touches the event path.
//
// Threads: the admin thread's.
// Invariants: a bounded number of connections, and of streams among them; at most one operation in
// flight on each. A stream has none between two events: that its viewer has gone, it finds when it
// sends the next.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "admin/figure_feed.h"
#include "admin/server_view.h"
#include "base/rng.h"
#include "protocol/request_parser.h"
#include "protocol/response_head.h"
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
    bool stream = false;     // of figures
    bool chunked = true;     // the stream's events
    bool in_flight = false;  // an operation
  };
  static constexpr std::size_t kMostConnections = 64;
  static constexpr std::size_t kMostStreams = 16;

  void OnAccept(const Completion& completion);
  void OnReceive(std::uint32_t index, std::int32_t result);
  void OnSent(std::uint32_t index, std::int32_t result);
  void Receive(std::uint32_t index);
  void Send(std::uint32_t index);
  void Answer(Connection& connection);
  std::string SourcesAway() const;
  void AnswerStats(Connection& connection);
  void AnswerDashboard(Connection& connection);
  void StartStream(Connection& connection);
  void SendFigures();
  void Respond(Connection& connection, int status, std::string_view body,
               std::string_view content_type = "text/plain; charset=utf-8",
               std::span<const HeaderField> extra = {});
  bool AskSequencer(ReportBox::Report& report, Millis at_most);
  std::size_t Streams() const;
  void CloseExpired();

  Ring& ring_;
  const int listener_;
  const ServerView view_;
  FigureFeed feed_;
  Rng rng_;
  bool accepting_ = false;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Completion> completions_;
};

}  // namespace ringcast
