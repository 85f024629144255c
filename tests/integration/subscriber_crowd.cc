#include "integration/subscriber_crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace ringcast::test {
namespace {

constexpr std::size_t kReadSize = 256 * 1024;
constexpr std::size_t kOtherDescriptors = 256;  // pipes to children, standard streams, epoll

Error Failed(const std::string& what) { return Error{what + ": " + std::strerror(errno)}; }

}  // namespace

SubscriberCrowd::SubscriberCrowd() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(kReadSize) {
  RC_CHECK(epoll_ >= 0, "a test needs an epoll");
}

SubscriberCrowd::~SubscriberCrowd() {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  for (const auto& member : members_) {
    ::setsockopt(member->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(member->fd);
  }
  ::close(epoll_);
}

bool SubscriberCrowd::CanHold(std::size_t sockets) {
  const rlim_t needed = sockets + kOtherDescriptors;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return true;
  if (limit.rlim_max < needed) return false;
  limit.rlim_cur = needed;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

Status SubscriberCrowd::Add(std::uint16_t port, const std::string& channel, std::string_view text) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed("socket");
  members_.push_back(std::make_unique<Member>(Member{fd, channel, TextFollower(text)}));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Failed("connect");
  }
  const std::string request = "GET /events/" + channel + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  // A fresh socket takes a request whole.
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return Failed("send");
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = members_.back().get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return Failed("epoll_ctl");
  return Done{};
}

Status SubscriberCrowd::ReadUntilConnected(Deadline deadline) {
  return ReadUntil([](const TextFollower& follower) { return follower.connected(); }, deadline);
}

Status SubscriberCrowd::ReadUntilComplete(Deadline deadline) {
  return ReadUntil([](const TextFollower& follower) { return follower.complete(); }, deadline);
}

template <class IsDone>
Status SubscriberCrowd::ReadUntil(IsDone done, Deadline deadline) {
  std::size_t left = 0;
  for (const auto& member : members_) {
    member->counted = done(member->follower);
    if (!member->counted) ++left;
  }
  std::array<epoll_event, 512> events;
  while (left > 0) {
    if (deadline.Passed()) {
      return Error{std::to_string(left) + " of " + std::to_string(members_.size()) +
                   " streams are behind at the deadline, with " + std::to_string(lines()) +
                   " lines in all"};
    }
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), deadline.PollMillis());
    for (int i = 0; i < count; ++i) {
      Member& member = *static_cast<Member*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (Status read = Read(member); !read) return read;
      if (!member.counted && done(member.follower)) {
        member.counted = true;
        --left;
      }
    }
  }
  return Done{};
}

Status SubscriberCrowd::Read(Member& member) {
  const ssize_t got = ::recv(member.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Done{};
  const std::string name = "the stream of " + member.channel + " ";
  if (got < 0)
    return Failed(name + "failed after " + std::to_string(member.follower.lines()) + " lines");
  if (got == 0) {
    return Error{name + "ended after " + std::to_string(member.follower.lines()) + " lines"};
  }
  member.follower.Take({buffer_.data(), static_cast<std::size_t>(got)});
  if (!member.follower.why().empty()) return Error{name + "is wrong: " + member.follower.why()};
  return Done{};
}

std::uint64_t SubscriberCrowd::lines() const {
  std::uint64_t sum = 0;
  for (const auto& member : members_) sum += member->follower.lines();
  return sum;
}

}  // namespace ringcast::test
