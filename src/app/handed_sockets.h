// Sockets that the service manager opened for the daemon (socket activation, sd_listen_fds(3)).
// They stay open while the daemon restarts, and connections wait in them. Each stands in for what
// an option would bind, and its name says for which: `http` and, where the PROXY protocol is
// spoken, `http-proxy` (several) for --listen, `publish` for --publish-socket, `publish-tcp`
// (several) for --publish-listen, `admin` for --admin.
//
// Threads: called once, on the main thread, before any other is started.
// Invariants: every socket listens, and is of a kind that its name allows; the files of UNIX
// sockets belong to the manager.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "doctor/listener_checks.h"
#include "uring/file_descriptor.h"
#include "uring/handed_listener.h"

namespace ringcast {

struct HandedSocket {
  // As --listen would write it.
  std::string Address() const;

  UniqueFd fd;
  HandedListener listener;
  bool proxy_protocol = false;
};

struct HandedSockets {
  std::vector<HandedSocket> http;
  std::optional<HandedSocket> publish;
  std::vector<HandedSocket> publish_tcp;
  std::optional<HandedSocket> admin;
};

// None when nothing was handed to this process. The error names the descriptor, what is wrong with
// it and what the socket unit should say.
Result<HandedSockets> TakeHandedSockets();
// What `doctor` is told of them.
HandedListeners Describe(const Result<HandedSockets>& sockets);

}  // namespace ringcast
