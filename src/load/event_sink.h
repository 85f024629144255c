// Where a benchmark's events go: a server's publish socket, or an HTTP endpoint that takes one
// event with each POST.
//
// Threads: one at a time.
// Invariants: events reach the server in the order of the calls.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

struct EventSinkOptions {
  std::string where = {};    // unix:PATH or http://HOST:PORT/PATH
  std::string channel = {};  // for unix:, and for {channel}
  // For http:; {event} stands for the event's data. {channel}, here and in the path, stands for the
  // channel's name.
  std::string body = {};
  // For unix:: bytes sent and not acknowledged before Publish() waits.
  std::size_t window_bytes = std::size_t{4} << 20;
};

class EventSink {
 public:
  // Connects. Errors: no such place, nobody there, or a template without {event}.
  static Result<std::unique_ptr<EventSink>> Open(const EventSinkOptions& options);
  virtual ~EventSink() = default;

  // Publishes one event; waits while the server cannot take it. An empty `channel` is that of the
  // options. Errors: refused, or the server is gone.
  virtual Status PublishTo(std::string_view channel, std::string_view data) = 0;
  Status Publish(std::string_view data) { return PublishTo({}, data); }
  // Sends what is buffered, as far as it goes without waiting.
  virtual Status Push() = 0;
  // Waits until every event is acknowledged.
  virtual Status Finish() = 0;
};

}  // namespace ringcast
