#include "uring/file_descriptor.h"

#include <poll.h>
#include <unistd.h>

namespace ringcast {

void UniqueFd::Reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool HasRoomWithin(int fd, Millis at_most) {
  pollfd room{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&room, 1, static_cast<int>(at_most.count())) > 0;
}

}  // namespace ringcast
