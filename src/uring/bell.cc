#include "uring/bell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/check.h"

namespace ringcast {

Bell::Bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  RC_CHECK(fd_.valid(), "a process has a descriptor left for a bell");
}

// A count that is at its largest is readable already, which is all that a refused write would add.
void Bell::Ring() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
}

// Nothing to read: it was silent.
void Bell::Silence() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(fd_.get(), &count, sizeof count);
}

}  // namespace ringcast
