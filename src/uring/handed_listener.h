// A listening socket that another process opened and handed over, as systemd does: what it is, told
// by the kernel, since its name alone promises nothing.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace ringcast {

enum class ListenerFamily : std::uint8_t { kTcp, kUnix };

struct HandedListener {
  ListenerFamily family = ListenerFamily::kTcp;
  std::string address;  // as --listen takes it; "unix:@name" for an abstract socket
};

// Errors say what the descriptor is instead of a listening TCP or UNIX stream socket. A socket that
// listens is made blocking, which the ring needs: it hands EAGAIN on, instead of waiting, for
// others.
Result<HandedListener> InspectHandedListener(int fd);

}  // namespace ringcast
