#include "load/narrow_socket.h"

#include <sys/socket.h>

#include <cerrno>

#include "client/socket.h"

namespace ringcast {

Status OpenNarrowSocket(Ring& ring, std::uint32_t slot, int receive_bytes) {
  const Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return Error{ErrnoText(errno)};
  // Before connecting: the window that is offered first follows from it.
  if (::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes) != 0) {
    return Error{ErrnoText(errno)};
  }
  return ring.Install(slot, socket.fd());
}

}  // namespace ringcast
