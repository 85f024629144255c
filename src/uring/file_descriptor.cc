#include "uring/file_descriptor.h"

#include <unistd.h>

namespace ringcast {

void UniqueFd::Reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace ringcast
