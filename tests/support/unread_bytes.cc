#include "support/unread_bytes.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

namespace ringcast::test {
namespace {

Error SystemError(const std::string& what) { return Error{what + ": " + std::strerror(errno)}; }

// What this end holds: for a UNIX socket all that the peer has not read, for TCP what it has not
// acknowledged.
Result<std::size_t> Outgoing(int fd) {
  int bytes = 0;
  if (::ioctl(fd, SIOCOUTQ, &bytes) != 0) return SystemError("SIOCOUTQ");
  return static_cast<std::size_t>(bytes);
}

struct DiagRequest {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// The receive queue of the socket whose local end is `local` and whose peer is `remote`.
Result<std::size_t> ReceiveQueue(const sockaddr_in& local, const sockaddr_in& remote) {
  DiagRequest request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0u;
  request.body.id.idiag_src[0] = local.sin_addr.s_addr;
  request.body.id.idiag_sport = local.sin_port;
  request.body.id.idiag_dst[0] = remote.sin_addr.s_addr;
  request.body.id.idiag_dport = remote.sin_port;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;

  const int netlink = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (netlink < 0) return SystemError("NETLINK_SOCK_DIAG");
  alignas(nlmsghdr) char answer[4096];
  const bool asked = ::send(netlink, &request, sizeof request, 0) == sizeof request;
  const ssize_t size = asked ? ::recv(netlink, answer, sizeof answer, 0) : -1;
  const Error failure = SystemError("sock_diag");
  ::close(netlink);
  if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) return failure;

  nlmsghdr header;
  std::memcpy(&header, answer, sizeof header);
  if (header.nlmsg_type == NLMSG_ERROR) {
    nlmsgerr error;
    std::memcpy(&error, answer + NLMSG_HDRLEN, sizeof error);
    if (error.error == -ENOENT) return std::size_t{0};  // closed
    return Error{"sock_diag: " + std::string(std::strerror(-error.error))};
  }
  inet_diag_msg found;
  std::memcpy(&found, answer + NLMSG_HDRLEN, sizeof found);
  return std::size_t{found.idiag_rqueue};
}

}  // namespace

Result<std::size_t> UnreadBytes(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    return SystemError("getsockname");
  }
  if (name.ss_family == AF_UNIX) return Outgoing(fd);
  if (name.ss_family != AF_INET) return Error{"neither a UNIX nor an IPv4 socket"};
  sockaddr_in ours{};
  std::memcpy(&ours, &name, sizeof ours);
  sockaddr_in theirs{};
  size = sizeof theirs;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&theirs), &size) != 0) {
    // After a reset, when what was still on its way counts as outgoing for ever.
    if (errno == ENOTCONN) return std::size_t{0};
    return SystemError("getpeername");
  }
  const Result<std::size_t> outgoing = Outgoing(fd);
  if (!outgoing || *outgoing > 0) return outgoing;
  return ReceiveQueue(theirs, ours);
}

Status WaitUntilRead(int fd, Deadline deadline) {
  for (;;) {
    const Result<std::size_t> unread = UnreadBytes(fd);
    if (!unread) return unread.error();
    if (*unread == 0) return Done{};
    if (deadline.Passed()) {
      return Error{"the peer has left " + std::to_string(*unread) + " bytes unread"};
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace ringcast::test
