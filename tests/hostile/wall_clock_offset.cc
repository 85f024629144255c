#include "hostile/wall_clock_offset.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"

namespace ringcast::test {

WallClockOffset::WallClockOffset(const std::string& path) : path_(path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  RC_CHECK(fd >= 0 && ::ftruncate(fd, sizeof(*seconds_)) == 0, "the offset has a file");
  void* const mapped =
      ::mmap(nullptr, sizeof(*seconds_), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  RC_CHECK(mapped != MAP_FAILED, "the offset is shared with the child");
  // The file's zeros are an atomic that holds 0.
  seconds_ = static_cast<std::atomic<std::int64_t>*>(mapped);
  static_assert(std::atomic<std::int64_t>::is_always_lock_free);
}

WallClockOffset::~WallClockOffset() { ::munmap(seconds_, sizeof(*seconds_)); }

std::vector<std::pair<std::string, std::string>> WallClockOffset::Environment() const {
  return {{"LD_PRELOAD", WALL_CLOCK_PRELOAD},
          {"TEST_WALL_CLOCK_OFFSET", path_},
          // A sanitizer that is linked in wants to come first; this library may all the same.
          {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
}

}  // namespace ringcast::test
