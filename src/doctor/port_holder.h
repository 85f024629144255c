// Which process listens on an address, found as ss(8) does: the socket's inode in /proc/net/tcp,
// tcp6 and unix, and whose descriptor it is. Nothing is connected to, which would make systemd
// start the service whose socket it holds.
//
// Threads: any; reads files. Without root only processes of the same user can be told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/listen_address.h"
#include "doctor/machine.h"

namespace ringcast {

struct PortHolder {
  std::int64_t pid = 0;  // 0: somebody listens, and who cannot be told
  std::string name;      // /proc/PID/comm

  std::string ToString() const;  // "nginx (pid 12)"
  // It listens for a service, and hands the socket over.
  bool IsServiceManager() const { return pid == 1 && name == "systemd"; }
};

// Nothing when nobody listens on the address, or on one that includes it.
std::optional<PortHolder> FindPortHolder(const Machine& machine, const ListenAddress& address);
// By number, for a listener that is known already.
PortHolder HolderOf(const Machine& machine, std::int64_t pid);

}  // namespace ringcast
