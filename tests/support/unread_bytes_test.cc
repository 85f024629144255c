#include "support/unread_bytes.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace ringcast::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

struct Ends {
  int ours = -1;
  int theirs = -1;
  ~Ends() {
    ::close(ours);
    ::close(theirs);
  }
};

void ConnectTcp(Ends& ends) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, generic, size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, generic, &size), 0);
  ends.ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(ends.ours, generic, size), 0);
  ends.theirs = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  ::close(listener);
}

void ConnectUnix(Ends& ends) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  ends.ours = pair[0];
  ends.theirs = pair[1];
}

TEST(UnreadBytes, CountsWhatThePeerHasNotRead) {
  for (const auto connect : {ConnectTcp, ConnectUnix}) {
    Ends ends;
    connect(ends);
    EXPECT_EQ(UnreadBytes(ends.ours).value(), 0u);
    ASSERT_EQ(::send(ends.ours, "abc", 3, 0), 3);
    EXPECT_GE(UnreadBytes(ends.ours).value(), 3u);
    EXPECT_FALSE(WaitUntilRead(ends.ours, 20ms).ok());
    char piece[2];
    ASSERT_EQ(::recv(ends.theirs, piece, 2, 0), 2);
    EXPECT_GE(UnreadBytes(ends.ours).value(), 1u);
    ASSERT_EQ(::recv(ends.theirs, piece, 2, 0), 1);
    EXPECT_TRUE(WaitUntilRead(ends.ours, 10s).ok());
  }
}

TEST(UnreadBytes, APeerThatHasGoneLeavesNothingUnread) {
  for (const auto connect : {ConnectTcp, ConnectUnix}) {
    Ends ends;
    connect(ends);
    ASSERT_EQ(::send(ends.ours, "abc", 3, 0), 3);
    ::close(std::exchange(ends.theirs, -1));
    EXPECT_TRUE(WaitUntilRead(ends.ours, 10s).ok());
  }
}

TEST(UnreadBytes, WantsAConnectedSocket) {
  EXPECT_FALSE(UnreadBytes(-1).ok());
  Ends ends;
  ends.ours = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_FALSE(UnreadBytes(ends.ours).ok());
}

}  // namespace
}  // namespace ringcast::test
