// Whether the addresses and socket paths of the configuration are free.
//
// Threads: any. A TCP address is bound for a moment; nothing is created in the file system.
#pragma once

#include <cstdint>
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

// What `serve` says when listening failed with `error`: who has the address, if that can be told.
Finding ExplainListener(const Machine& machine, const ListenerUse& use,
                        const ListenAddress& address, const std::string& error);

Finding CheckListener(const Machine& machine, const ListenerUse& use, const ListenAddress& address);
// The publish socket and its directory, the last part of which `serve` creates.
std::vector<Finding> CheckPublishSocket(const Machine& machine, const std::string& path,
                                        std::uint32_t user);

}  // namespace ringcast
