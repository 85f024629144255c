#include "hub/trusted_proxies.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

std::string ClientOf(std::string_view forwarded_for) {
  const TrustedProxies trusted({"10.0.0.0/8", "2001:db8::1"});
  return trusted.ClientOf(forwarded_for).Text();
}

TEST(TrustedProxies, TheLastAddressThatIsNoProxysIsTheClients) {
  EXPECT_EQ(ClientOf("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(ClientOf("192.0.2.1, 10.1.1.1"), "192.0.2.1");
  EXPECT_EQ(ClientOf("192.0.2.1,10.1.1.1 ,\t2001:db8::1"), "192.0.2.1");
}

TEST(TrustedProxies, WhatTheClientWroteItselfDoesNotCount) {
  EXPECT_EQ(ClientOf("203.0.113.7, 192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(ClientOf("10.1.1.1, 192.0.2.1, 10.1.1.2"), "192.0.2.1");
  EXPECT_EQ(ClientOf("garbage, 192.0.2.1"), "192.0.2.1");
}

TEST(TrustedProxies, WithProxiesAloneTheFirstIsTheClient) {
  EXPECT_EQ(ClientOf("10.1.1.1, 10.1.1.2"), "10.1.1.1");
}

TEST(TrustedProxies, WhatIsNoAddressEndsTheSearch) {
  EXPECT_EQ(ClientOf("192.0.2.1, unknown, 10.1.1.1"), "10.1.1.1");
  EXPECT_EQ(ClientOf("192.0.2.1, , 10.1.1.1"), "10.1.1.1");
  EXPECT_EQ(ClientOf("192.0.2.1, unknown"), "unknown");
  EXPECT_EQ(ClientOf(""), "unknown");
  EXPECT_EQ(ClientOf(","), "unknown");
  EXPECT_EQ(ClientOf("unix:"), "unknown");
}

TEST(TrustedProxies, AddressesMayHaveAPort) {
  EXPECT_EQ(ClientOf("192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(ClientOf("[2001:db8::7]:4711"), "2001:db8::7");
  EXPECT_EQ(ClientOf("[2001:db8::7]"), "2001:db8::7");
  EXPECT_EQ(ClientOf("2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(ClientOf("[2001:db8::7"), "unknown");
}

TEST(TrustedProxies, TrustsItsNetworksAndNobodyElse) {
  const TrustedProxies trusted({"10.0.0.0/8", "unix"});
  EXPECT_TRUE(trusted.Trusts(*IpAddress::Parse("10.2.3.4")));
  EXPECT_FALSE(trusted.Trusts(*IpAddress::Parse("192.0.2.1")));
  EXPECT_FALSE(trusted.Trusts(IpAddress()));
  EXPECT_TRUE(trusted.trusts_unix());
  EXPECT_TRUE(trusted.has_networks());
  EXPECT_FALSE(TrustedProxies({"unix"}).has_networks());
  EXPECT_FALSE(TrustedProxies().trusts_unix());
}

TEST(TrustedProxies, EntriesAreChecked) {
  EXPECT_EQ(*TrustedProxies::Check("unix"), "unix");
  EXPECT_EQ(*TrustedProxies::Check("2001:0db8::/32"), "2001:db8::/32");
  EXPECT_EQ(TrustedProxies::Check("nginx").error().message,
            "\"nginx\" is neither an IP address nor a network; write one, such as 10.0.0.0/8, or "
            "unix for every UNIX socket");
}

}  // namespace
}  // namespace ringcast
