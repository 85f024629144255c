// How much of what was sent the process at the other end has not read yet. A test that sends a
// request in two pieces and lets nothing but time pass between them may find both read at once;
// with this it knows that the first piece was read alone.
//
// Works for UNIX stream sockets, and for TCP when both ends are on this machine.
//
// Threads: any; each call is on its own.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "support/deadline.h"

namespace ringcast::test {

// Bytes sent on the socket that the peer's process has not read. 0 also when the peer has closed.
// Errors: not a connected stream socket, or the kernel cannot tell (no CONFIG_INET_DIAG).
Result<std::size_t> UnreadBytes(int fd);

// Waits until that is 0. Errors: as UnreadBytes, or the deadline.
Status WaitUntilRead(int fd, Deadline deadline);

}  // namespace ringcast::test
