#include "uring/peer_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <string>

namespace ringcast {
namespace {

PeerAddress PeerOf(const std::string& text) {
  PeerAddress peer;
  peer.Clear();
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = 1234;
    std::memcpy(peer.storage(), &v4, sizeof v4);
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
    v6.sin6_family = AF_INET6;
    v6.sin6_port = 1234;
    std::memcpy(peer.storage(), &v6, sizeof v6);
  }
  return peer;
}

TEST(PeerAddress, IsTheAddressWithoutItsPort) {
  for (const char* text : {"10.1.2.3", "2001:db8::1"}) {
    EXPECT_EQ(PeerOf(text).address(), IpAddress::Parse(text)) << text;
  }
}

TEST(PeerAddress, OneMappedIntoIpv6IsTheSameClient) {
  EXPECT_EQ(PeerOf("::ffff:10.1.2.3").address(), PeerOf("10.1.2.3").address());
}

TEST(PeerAddress, OtherFamiliesHaveNone) {
  PeerAddress peer;
  EXPECT_FALSE(peer.address().valid());
  const sa_family_t unix_family = AF_UNIX;
  std::memcpy(peer.storage(), &unix_family, sizeof unix_family);
  EXPECT_FALSE(peer.address().valid());
}

}  // namespace
}  // namespace ringcast
