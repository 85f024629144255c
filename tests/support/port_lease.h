// A TCP port that no other test of this user takes while the lease lives.
//
// Asking the kernel for a free port and letting go of it is a race between tests that run side by
// side; with SO_REUSEPORT listeners the loser would not even notice. A lease holds a lock file for
// the port, and the ports lie below the range from which the kernel picks the ports of outgoing
// connections.
//
// Threads: a plain value. Not copyable; a moved-from lease holds nothing.
#pragma once

#include <cstdint>

#include "support/deadline.h"

namespace ringcast::test {

class PortLease {
 public:
  // Ends the process when none of the range is free.
  PortLease();
  ~PortLease();
  PortLease(PortLease&& other) noexcept;
  PortLease& operator=(PortLease&&) = delete;

  std::uint16_t port() const { return port_; }

  // Waits until nothing is bound to the port. A killed process's io_uring sockets, its listener
  // among them, may outlive it by some tens of milliseconds, also after it has been reaped. False
  // at the deadline.
  bool WaitUntilFree(Deadline deadline) const;

 private:
  int lock_fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace ringcast::test
