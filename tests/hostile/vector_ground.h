// The ground on which all vectors stand: one daemon for the whole program, with its public listener
// on TCP and on a UNIX socket, a listener for publishers on other hosts, a stream on channel `a`
// that must live through everything, and the count of what was tried, which is printed at the end.
//
// Threads: the thread that runs the tests.
// Invariants: the daemon is started when the first vector asks for it, and stays the same process
// to the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hostile/vector.h"
#include "support/server.h"
#include "support/sse_client.h"

namespace ringcast::test {

class VectorGround {
 public:
  static VectorGround& Get();

  Server& server() { return *server_; }
  HttpClient Connect(Surface surface);
  // Lets its bearer publish everywhere, for as long as the tests run.
  static const std::string& PublisherToken();

  // The next event of the stream on channel `a`.
  SseEvent NextEvent();
  // Publishes, and finds it as the next event: nothing else was published since, and the server
  // still serves. Adds a test failure otherwise.
  void ExpectNothingElsePublished();

  // Counts a vector that was tried in so many ways.
  void Count(std::size_t executions);
  // Stops the daemon, which must end well, and prints the count.
  void Finish();

 private:
  VectorGround();
  void Subscribe();

  TempDir directory_;
  PortLease remote_port_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<SseClient> stream_;
  std::uint64_t sentinels_ = 0;
  std::size_t tried_ = 0;
  std::size_t passed_ = 0;
  std::size_t executions_ = 0;
};

}  // namespace ringcast::test
