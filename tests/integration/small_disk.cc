#include "integration/small_disk.h"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>

namespace ringcast::test {

Result<std::unique_ptr<SmallDisk>> SmallDisk::Create(std::size_t bytes) {
  std::unique_ptr<SmallDisk> made(new SmallDisk());
  const std::string size = "size=" + std::to_string(bytes);
  const char* const path = made->directory_.path().c_str();
  // Private from the root down: the machine's own namespace does not get this mount.
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", path, "tmpfs", 0, size.c_str()) != 0) {
    return Error{std::string("a file system of one's own: ") + std::strerror(errno)};
  }
  made->mounted_ = true;
  return made;
}

SmallDisk::~SmallDisk() {
  // Lazily: the daemon under test may still have a file on it.
  if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
}

}  // namespace ringcast::test
