// A listening TCP socket with every option that accepted sockets inherit, so that an accepted one
// needs no call of its own: TCP_NODELAY, TCP_NOTSENT_LOWAT = 16 KiB, SO_KEEPALIVE; and
// SO_REUSEPORT, so that each ring has its own.
#pragma once

#include <cstdint>
#include <string>

namespace bare {

// Ends the process with a message when anybody listens on the port already: with SO_REUSEPORT a
// second program of the same user would silently take a part of the connections.
void RequireFreePort(const std::string& ipv4_address, std::uint16_t port);

// Ends the process with a message when it cannot.
int OpenListener(const std::string& ipv4_address, std::uint16_t port);

}  // namespace bare
