// A TCP socket with a receive buffer of its own size in a ring's direct table. A ring can make
// sockets but not set their options (on kernels before 6.7), so this one is made as a descriptor
// and then moved.
//
// Threads: that of the ring.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "uring/ring.h"

namespace ringcast {

// Puts an IPv4 stream socket into `slot`, which must be free. `receive_bytes`: of its buffer, which
// the kernel doubles and raises to its least (tcp(7), SO_RCVBUF). Errors: out of descriptors or
// memory.
Status OpenNarrowSocket(Ring& ring, std::uint32_t slot, int receive_bytes);

}  // namespace ringcast
