// Loaded into a server before its other libraries: the wall clock shows what the file named by
// TEST_WALL_CLOCK_OFFSET says (seconds, see wall_clock_offset.h); all other clocks are the real
// ones.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

const std::atomic<std::int64_t>* MapOffset() {
  const char* const path = std::getenv("TEST_WALL_CLOCK_OFFSET");
  const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const mapped = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return mapped == MAP_FAILED ? nullptr : static_cast<const std::atomic<std::int64_t>*>(mapped);
}

}  // namespace

extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock, timespec* now) {
  static const std::atomic<std::int64_t>* const offset = MapOffset();
  // The library's own function is this one now.
  const int result = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && wall && offset != nullptr) now->tv_sec += offset->load();
  return result;
}
