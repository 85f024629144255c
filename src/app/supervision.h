// What the service manager is told about the running daemon: figures for `systemctl status`, and
// that it is alive, which is said only while every one of its threads goes round. A thread that
// stands still (a lock, a kernel that does not answer) silences the watchdog, and the manager
// starts the daemon again; its clients come back and resume.
//
// Threads: the main thread; looks at the threads' pulses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/server.h"
#include "app/service_manager.h"
#include "base/pulse.h"
#include "base/time.h"

namespace ringcast {

class Supervision {
 public:
  // Both must outlive it. REQUIRES: the server has been started.
  Supervision(ServiceManager& service, const Server& server, MonoTime now);

  // How soon Look() must be called again, at the latest.
  Millis look_again() const;
  void Look(MonoTime now);
  // From now on the status tells how many connections are left.
  void NoteDraining(MonoTime now);

 private:
  struct Watched {
    std::string name;
    const Pulse* pulse;
    std::uint64_t seen = 0;  // beats when all had beaten
  };
  void FeedIfAllBeat(MonoTime now);
  void TellStatus(MonoTime now);

  ServiceManager& service_;
  const Server& server_;
  std::vector<Watched> threads_;
  MonoTime all_beat_at_;
  std::string told_silent_;  // threads that the log has named; empty: all go round
  MonoTime status_at_;
  std::uint64_t published_ = 0;  // events, at status_at_
  bool draining_ = false;
};

}  // namespace ringcast
