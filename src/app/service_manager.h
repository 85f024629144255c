// What the daemon and systemd tell one another (sd_notify(3), sd_watchdog_enabled(3)). Started by
// anybody else, with no NOTIFY_SOCKET, all of it does nothing.
//
// Threads: the main thread.
// Invariants: a message that does not get through is told in the log, once until one does again.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace ringcast {

class ServiceManager {
 public:
  ServiceManager();

  // A message within every such time is wanted, or the process is taken for stuck; 0: not wanted.
  Millis watchdog_timeout() const { return watchdog_timeout_; }

  // Also ends a reload.
  void Ready();
  void Reloading();
  // The end has begun and may take so long.
  void Stopping(Millis at_most);
  void FeedWatchdog();
  // One line for `systemctl status`; not sent again while it stays the same.
  void TellStatus(std::string_view text);

 private:
  void Send(const std::string& message);

  Millis watchdog_timeout_{0};
  std::string status_;
  bool failed_ = false;
};

}  // namespace ringcast
