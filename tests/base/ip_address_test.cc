#include "base/ip_address.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

IpAddress Address(std::string_view text) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  EXPECT_TRUE(address) << text;
  return address.value_or(IpAddress());
}

bool Covers(std::string_view network, std::string_view address) {
  const Result<IpNetwork> parsed = IpNetwork::Parse(network);
  EXPECT_TRUE(parsed.ok()) << network;
  return parsed.ok() && parsed->Contains(Address(address));
}

std::string ErrorOf(std::string_view text) {
  const Result<IpNetwork> network = IpNetwork::Parse(text);
  return network ? "accepted" : network.error().message;
}

TEST(IpAddress, AnIpv4AddressIsItsFourBytes) {
  EXPECT_EQ(Address("10.1.2.3").Network(), std::string_view("\x0a\x01\x02\x03", 4));
  EXPECT_NE(Address("10.1.2.3").Network(), Address("10.1.2.4").Network());
}

TEST(IpAddress, OneMappedIntoIpv6IsTheSameClient) {
  EXPECT_EQ(Address("::ffff:10.1.2.3"), Address("10.1.2.3"));
}

TEST(IpAddress, AnIpv6ClientIsItsNetwork) {
  EXPECT_EQ(Address("2001:db8:1:2::1").Network(), Address("2001:db8:1:2:ffff::9").Network());
  EXPECT_NE(Address("2001:db8:1:2::1").Network(), Address("2001:db8:1:3::1").Network());
  EXPECT_EQ(Address("2001:db8:1:2::1").Network().size(), 8u);
}

TEST(IpAddress, IsWrittenAsPeopleDo) {
  EXPECT_EQ(Address("10.1.2.3").Text(), "10.1.2.3");
  EXPECT_EQ(Address("2001:0db8::0:1").Text(), "2001:db8::1");
  EXPECT_EQ(IpAddress().Text(), "unknown");
  EXPECT_FALSE(IpAddress().valid());
}

TEST(IpAddress, WhatIsNoneIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("10.1.2"), std::string("10.1.2.256"), std::string("10.1.2.3 "),
        std::string("[::1]"), std::string("fe80::1%lo"), std::string("localhost"),
        std::string("10.1.2.3\0", 9), std::string(100, '1'), std::string("10.1.2.3:80")}) {
    EXPECT_FALSE(IpAddress::Parse(text)) << text;
  }
}

TEST(IpNetwork, HoldsWhatBeginsWithItsBits) {
  EXPECT_TRUE(Covers("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(Covers("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(Covers("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(Covers("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(Covers("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(Covers("192.0.2.1", "192.0.2.0"));
  EXPECT_TRUE(Covers("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(Covers("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(Covers("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(Covers("10.0.0.0/8", "::ffff:10.0.0.1"));
}

TEST(IpNetwork, FamiliesDoNotMix) {
  EXPECT_FALSE(Covers("0.0.0.0/0", "::1"));
  EXPECT_FALSE(Covers("::/0", "127.0.0.1"));
  EXPECT_FALSE(IpNetwork::Parse("0.0.0.0/0")->Contains(IpAddress()));
}

TEST(IpNetwork, IsWrittenSoThatItCanBeReadAgain) {
  EXPECT_EQ(IpNetwork::Parse("10.0.0.0/8")->ToString(), "10.0.0.0/8");
  EXPECT_EQ(IpNetwork::Parse("2001:0db8::/32")->ToString(), "2001:db8::/32");
  EXPECT_EQ(IpNetwork::Parse("192.0.2.1/32")->ToString(), "192.0.2.1");
}

TEST(IpNetwork, ErrorsSayWhatToWrite) {
  EXPECT_EQ(ErrorOf("proxy"),
            "\"proxy\" is neither an IP address nor a network; write one, such as 10.0.0.0/8");
  EXPECT_EQ(ErrorOf("10.0.0.0/33"),
            "\"10.0.0.0/33\" has no prefix of 0 to 32 bits behind its slash; write one, such as "
            "10.0.0.0/8");
  EXPECT_NE(ErrorOf("10.0.0.0/"), "accepted");
  EXPECT_NE(ErrorOf("10.0.0.0/-1"), "accepted");
  EXPECT_NE(ErrorOf("10.0.0.0/8/8"), "accepted");
  EXPECT_EQ(ErrorOf("10.0.0.1/8"),
            "\"10.0.0.1/8\" has bits set behind its prefix; write 10.0.0.0/8 for the network or "
            "10.0.0.1 for the address");
}

}  // namespace
}  // namespace ringcast
