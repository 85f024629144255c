// An HTTP application as a test wants it, sound or hostile: for each request head it sends exactly
// the bytes that the test says, at the pace and with the ending that the test says.
//
// Threads: one accepts, one for each connection answers; the reply function is called on those, one
// at a time. The destructor ends them all.
// Invariants: every request is remembered before it is answered.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ringcast::test {

class RawApplication {
 public:
  enum class Then {
    kKeep,    // reads the next request of the connection
    kClose,   // FIN
    kReset,   // RST
    kSilent,  // neither reads, sends nor closes
  };
  struct Reply {
    std::string bytes;
    Then then = Then::kKeep;
    std::chrono::milliseconds before{0};         // until the first byte
    std::chrono::milliseconds between_bytes{0};  // 0: all at once
  };
  // Is given the request's head.
  using Answering = std::function<Reply(const std::string& head)>;

  // On a loopback port of the kernel's choice, or at a UNIX socket's path.
  explicit RawApplication(Answering answering, const std::string& unix_path = {});
  ~RawApplication();
  RawApplication(const RawApplication&) = delete;
  RawApplication& operator=(const RawApplication&) = delete;

  // Other answers from now on.
  void Answer(Answering answering);

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/auth") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const;  // heads, in the order in which they came
  std::uint64_t connections() const { return connections_.load(); }

  // A whole sound answer.
  static Reply Sound(int status, const std::string& fields = {}, const std::string& body = {});
  // The value of a field of a request; empty: it has none.
  static std::string Field(const std::string& head, const std::string& name);

 private:
  void Accept();
  void Serve(int fd);
  bool SendReply(int fd, const Reply& reply);
  bool Sleep(std::chrono::milliseconds time) const;  // false: it is to end

  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> ending_{false};
  std::atomic<std::uint64_t> connections_{0};
  mutable std::mutex mutex_;
  Answering answering_;
  std::vector<std::string> requests_;
  std::list<int> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace ringcast::test
