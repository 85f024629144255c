// What `ringcast tail` does: follows a stream as an EventSource client and prints its events.
//
// Plain: the data of each event and a newline. JSON: one object a line,
// {"id":..,"event":..,"data":..}, with "channel" first when a single channel is followed by its
// name. The server's own events (connected, gap, drain, end) are lines like the others in JSON, and
// go to the error output otherwise.
//
// Threads: blocks the one that calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace ringcast {

struct TailOptions {
  // One URL (http://.. or unix:..), or up to 64 channel names on `server`.
  std::vector<std::string> targets = {};
  std::string server = "http://127.0.0.1:8080";  // or unix:PATH
  // Event id to resume after; empty: from now.
  std::string from = {};
  // Events to print before exit 0, the server's own not counted; 0: no end.
  std::uint64_t count = 0;
  bool json = false;
  // When it turns true: exit 0. May be null.
  const std::atomic<bool>* stop = nullptr;

  int output = 1;  // descriptors, borrowed: standard output and error
  int errors = 2;
};

// Returns the exit code: 0 after `count` events, a stop or the server's 204; 64 for targets that
// make no stream; 69 when the server refused the stream for good; 74 when writing failed.
int RunTail(const TailOptions& options);

}  // namespace ringcast
