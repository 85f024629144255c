// An HTTP server for tests of event sources: serves one connection after the other, reads each
// one's request head, sends the script for it, and ends it as told.
//
// Threads: one of its own. The requests may be read after Stop().
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "client/stoppable_listener.h"

namespace ringcast::test {

class ScriptServer {
 public:
  struct Script {
    std::vector<std::string> pieces = {};  // each sent on its own
    bool hold = false;                     // keep the connection open until the peer ends it
  };

  enum class Family { kIpv4, kIpv6 };

  // Connections after the scripts' end are answered 204.
  ScriptServer(Family family, std::vector<Script> scripts);
  ScriptServer(const std::string& path, std::vector<Script> scripts);
  ~ScriptServer();

  void Stop();
  std::uint16_t port() const { return listener_.port(); }
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  void Serve();
  void ServeConnection(int fd, const Script& script);

  StoppableListener listener_;
  std::vector<Script> scripts_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

// A response head with what a stream needs, and with `extra` lines.
std::string StreamHead(const std::string& extra = "");
std::string Chunk(const std::string& data);

}  // namespace ringcast::test
