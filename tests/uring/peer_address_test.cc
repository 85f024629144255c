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

std::string NetworkOf(const std::string& text) { return std::string(PeerOf(text).Network()); }

TEST(PeerAddress, AnIpv4AddressIsItsFourBytes) {
  EXPECT_EQ(NetworkOf("10.1.2.3"), std::string("\x0a\x01\x02\x03", 4));
  EXPECT_NE(NetworkOf("10.1.2.3"), NetworkOf("10.1.2.4"));
}

TEST(PeerAddress, OneMappedIntoIpv6IsTheSameClient) {
  EXPECT_EQ(NetworkOf("::ffff:10.1.2.3"), NetworkOf("10.1.2.3"));
}

TEST(PeerAddress, AnIpv6ClientIsItsNetwork) {
  EXPECT_EQ(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:2:ffff::9"));
  EXPECT_NE(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:3::1"));
  EXPECT_EQ(NetworkOf("2001:db8:1:2::1").size(), 8u);
}

TEST(PeerAddress, IsWrittenAsPeopleDo) {
  EXPECT_EQ(PeerOf("10.1.2.3").Text(), "10.1.2.3");
  EXPECT_EQ(PeerOf("2001:db8::1").Text(), "2001:db8::1");
  EXPECT_EQ(PeerAddress().Text(), "unknown");
}

TEST(PeerAddress, OtherFamiliesHaveNone) {
  PeerAddress peer;
  EXPECT_TRUE(peer.Network().empty());
  const sa_family_t unix_family = AF_UNIX;
  std::memcpy(peer.storage(), &unix_family, sizeof unix_family);
  EXPECT_TRUE(peer.Network().empty());
}

}  // namespace
}  // namespace ringcast
