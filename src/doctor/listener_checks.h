// Whether the addresses and socket paths of the configuration are free, or listened on already for
// the daemon: by sockets that were handed over to this process, or that systemd holds.
//
// Threads: any. A TCP address is bound for a moment; nothing is created in the file system.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/listen_address.h"
#include "config/options.h"
#include "doctor/finding.h"
#include "doctor/machine.h"

namespace ringcast {

// What an address is for: the name of the check, and the option that chooses another.
struct ListenerUse {
  std::string_view check;
  std::string_view option;
};
inline constexpr ListenerUse kPublicListener{"listen", "--listen"};
inline constexpr ListenerUse kAdminListener{"admin", "--admin"};
inline constexpr ListenerUse kPublishListener{"publish-socket", "--publish-socket"};
inline constexpr ListenerUse kRemotePublishListener{"publish-listen", "--publish-listen"};

// Sockets that the service manager has handed to this process in place of what the options would
// bind (socket activation): their addresses.
struct HandedListeners {
  std::vector<std::string> http;
  std::optional<std::string> publish;
  std::vector<std::string> publish_tcp;
  std::optional<std::string> admin;
  std::string error;  // why `serve` would not take what was handed over
};

// What `serve` says when it cannot take what was handed over.
Finding ExplainHandover(const std::string& error);
// One that was handed over takes the place of what the option says.
Finding HandedOver(const ListenerUse& use, const std::string& address);

// What `serve` says when listening failed with `error`: who has the address, if that can be told.
Finding ExplainListener(const Machine& machine, const ListenerUse& use,
                        const ListenAddress& address, const std::string& error);

Finding CheckListener(const Machine& machine, const ListenerUse& use, const ListenAddress& address);
// The publish socket and its directory, the last part of which `serve` creates.
std::vector<Finding> CheckPublishSocket(const Machine& machine, const std::string& path,
                                        std::uint32_t user);

}  // namespace ringcast
