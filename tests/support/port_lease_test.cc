#include "support/port_lease.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <utility>
#include <vector>

namespace ringcast::test {
namespace {

TEST(PortLease, GivesEachPortOnce) {
  std::set<std::uint16_t> ports;
  std::vector<PortLease> leases;
  for (int i = 0; i < 20; ++i) {
    leases.emplace_back();
    EXPECT_TRUE(ports.insert(leases.back().port()).second);
    EXPECT_GE(leases.back().port(), 20000);
    EXPECT_LT(leases.back().port(), 30000);
  }
}

TEST(PortLease, AMovedLeaseIsHeldByItsNewOwnerAlone) {
  PortLease first;
  const std::uint16_t port = first.port();
  const PortLease second(std::move(first));
  EXPECT_EQ(second.port(), port);
  for (int i = 0; i < 20; ++i) EXPECT_NE(PortLease().port(), port);
}

TEST(PortLease, WaitsForAListenerToGo) {
  const PortLease lease;
  EXPECT_TRUE(lease.WaitUntilFree(std::chrono::seconds(0)));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;  // connections of an earlier test on this port may be in TIME_WAIT
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(lease.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  EXPECT_FALSE(lease.WaitUntilFree(std::chrono::milliseconds(5)));
  ::close(fd);
  EXPECT_TRUE(lease.WaitUntilFree(std::chrono::seconds(20)));
}

}  // namespace
}  // namespace ringcast::test
