#include "support/port_lease.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"

namespace ringcast::test {
namespace {

// Below net.ipv4.ip_local_port_range's usual start, 32768.
constexpr std::uint32_t kFirstPort = 20000;
constexpr std::uint32_t kPorts = 10000;

// Whether nothing at all is bound to the port: a socket without SO_REUSEPORT shares with nobody.
// SO_REUSEADDR lets it pass over connections in TIME_WAIT, as the server does.
bool NothingBound(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int one = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  const bool free =
      ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(fd, 1) == 0;  // with SO_REUSEADDR only listening finds another listener
  ::close(fd);
  return free;
}

}  // namespace

PortLease::PortLease() {
  const std::string directory = "/tmp/ringcast-test-ports-" + std::to_string(::getuid());
  ::mkdir(directory.c_str(), 0700);  // usually there already; open() below tells
  // Tests that start together begin at different places.
  const std::uint32_t start = static_cast<std::uint32_t>(::getpid()) * 37;
  for (std::uint32_t i = 0; i < kPorts; ++i) {
    const auto port = static_cast<std::uint16_t>(kFirstPort + (start + i) % kPorts);
    const std::string path = directory + "/" + std::to_string(port);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    RC_CHECK(fd >= 0, "the directory of port locks must be writable");
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && NothingBound(port)) {
      lock_fd_ = fd;
      port_ = port;
      return;
    }
    ::close(fd);
  }
  RC_CHECK(false, "no free port for a test");
}

bool PortLease::WaitUntilFree(Deadline deadline) const {
  while (!NothingBound(port_)) {
    if (deadline.Passed()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

PortLease::PortLease(PortLease&& other) noexcept
    : lock_fd_(std::exchange(other.lock_fd_, -1)), port_(std::exchange(other.port_, 0)) {}

PortLease::~PortLease() {
  if (lock_fd_ >= 0) ::close(lock_fd_);  // the lock goes with it; the empty file stays for the next
}

}  // namespace ringcast::test
