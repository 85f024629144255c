#include "support/scripted_peer.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/check.h"

namespace ringcast::test {
namespace {

// A reset throws away what the receiver has not acknowledged; wait until it has all.
void WaitUntilAcknowledged(int fd) {
  for (int tries = 0; tries < 5000; ++tries) {
    int unsent = 0;
    if (::ioctl(fd, SIOCOUTQ, &unsent) != 0 || unsent == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

ScriptedPeer::ScriptedPeer(std::vector<std::string> pieces, Ending ending)
    : pieces_(std::move(pieces)), ending_(ending) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  RC_CHECK(listener_ >= 0 &&
               ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
               ::listen(listener_, 1) == 0 &&
               ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
           "a test's peer needs a listener");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

ScriptedPeer::~ScriptedPeer() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes a peer that nobody has connected to
  Join();
  ::close(listener_);
}

void ScriptedPeer::Join() {
  if (thread_.joinable()) thread_.join();
}

void ScriptedPeer::Serve() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char piece[4096];
  while (received_.find("\r\n\r\n") == std::string::npos) {
    const ssize_t size = ::recv(fd, piece, sizeof piece, 0);
    if (size <= 0) break;
    received_.append(piece, static_cast<std::size_t>(size));
  }
  for (const std::string& text : pieces_) {
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) break;
  }
  if (ending_ == Ending::kWaitForPeer) {
    for (ssize_t size; (size = ::recv(fd, piece, sizeof piece, 0)) > 0;) {
      received_.append(piece, static_cast<std::size_t>(size));
    }
  }
  if (ending_ == Ending::kReset) {
    WaitUntilAcknowledged(fd);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(fd);
}

}  // namespace ringcast::test
