// A service manager's end of sd_notify(3): a UNIX datagram socket that reads what a daemon says to
// its NOTIFY_SOCKET, message by message.
//
// Threads: one at a time.
#pragma once

#include <string>

#include "base/result.h"
#include "support/deadline.h"

namespace ringcast::test {

class NotifySocket {
 public:
  // Throws when there can be no socket at `path`.
  explicit NotifySocket(const std::string& path);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  const std::string& path() const { return path_; }

  // The next message, whole. Errors: none by the deadline.
  Result<std::string> Next(Deadline deadline);
  // The next that begins so; those before it are thrown away, and named in the error.
  Result<std::string> NextThatBegins(const std::string& with, Deadline deadline);
  // Throws away what has come until now.
  void Drain();

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace ringcast::test
