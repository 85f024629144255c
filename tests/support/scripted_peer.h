// A TCP server for tests of clients: takes one connection, reads one request head, sends a script
// of pieces, and ends the connection in the way asked for.
//
// Threads: one of its own serves; Join() or the destructor waits for it.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace ringcast::test {

class ScriptedPeer {
 public:
  enum class Ending {
    kClose,       // FIN after the last piece
    kReset,       // RST after the last piece has been read
    kWaitForPeer  // reads until the client ends, then closes
  };

  ScriptedPeer(std::vector<std::string> pieces, Ending ending);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::uint16_t port() const { return port_; }
  void Join();
  // What the client sent: the request head and, with kWaitForPeer, all that followed. After Join().
  const std::string& received() const { return received_; }

 private:
  void Serve();

  std::vector<std::string> pieces_;
  Ending ending_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::string received_;
  std::thread thread_;
};

}  // namespace ringcast::test
