// A connected stream socket as the clients use it: owned, close-on-exec, never blocking; waiting is
// always a poll() with a time.
//
// Threads: one at a time; a stop flag may be set from anywhere.
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "base/result.h"

namespace ringcast {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { Close(); }

  int fd() const { return fd_; }  // -1: none
  explicit operator bool() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_ = -1;
};

// Connects to the UNIX stream socket at `path`. Does not wait: a server whose backlog is full is an
// error, to be tried again.
Result<Socket> ConnectUnix(const std::string& path);

// Connects to the first address of `host` that answers, each within `timeout_ms` milliseconds, and
// switches keepalive on, so that a peer that vanished is noticed within two minutes. Gives up when
// `stop` (may be null) turns true. Looking the name up blocks.
Result<Socket> ConnectTcp(const std::string& host, const std::string& port, int timeout_ms,
                          const std::atomic<bool>* stop);

// What poll() says about `fd` within `timeout_ms` milliseconds (-1: for ever): a set of POLL* bits,
// 0 after the time or a signal.
short WaitFor(int fd, short events, int timeout_ms);

// Waits `ms` milliseconds. A signal may end it early.
void SleepFor(int ms);

// The text of an errno.
std::string ErrnoText(int error);

}  // namespace ringcast
