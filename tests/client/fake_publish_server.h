// A publish server for tests of publishers: speaks the binary protocol on a UNIX socket, remembers
// every frame, and breaks off where it is told to.
//
// Threads: one of its own serves, one connection at a time. The figures may be read after Stop().
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "client/stoppable_listener.h"

namespace ringcast::test {

class FakePublishServer {
 public:
  // How one connection is treated.
  struct Manner {
    std::size_t frames = std::numeric_limits<std::size_t>::max();  // read before it is closed
    std::size_t unanswered = 0;  // of these, so many at the end get no answer
    std::string greeting = {};   // instead of the server's hello, when not empty
    std::string farewell = {};   // sent before it is closed
    bool silent = false;         // reads and answers nothing, not even the hello
    std::size_t max_data = 1000;
  };

  struct Frame {
    std::size_t connection;
    std::uint64_t request;
    std::string channel;
    std::string type;
    std::string data;
    std::string key;
  };

  // The manners of the first connections; those after them are treated well.
  FakePublishServer(const std::string& path, std::vector<Manner> manners);
  ~FakePublishServer();

  void Stop();

  const std::vector<Frame>& frames() const { return frames_; }
  std::size_t connections() const { return connections_; }

 private:
  void Serve();
  void ServeConnection(int fd, const Manner& manner);
  bool ReadMore(int fd, std::string& held);

  StoppableListener listener_;
  std::vector<Manner> manners_;
  std::vector<Frame> frames_;
  std::size_t connections_ = 0;
  std::uint64_t number_ = 0;  // of the last id
  std::thread thread_;
};

}  // namespace ringcast::test
