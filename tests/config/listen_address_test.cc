#include "config/listen_address.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringcast {
namespace {

std::string ErrorOf(std::string_view text) {
  const Result<ListenAddress> parsed = ParseListenAddress(text);
  return parsed.ok() ? "accepted as " + parsed->ToString() : parsed.error().message;
}

TEST(ListenAddress, ReadsEveryForm) {
  const std::vector<std::pair<std::string, ListenAddress>> cases = {
      {"127.0.0.1:8080", ListenAddress::Tcp("127.0.0.1", 8080)},
      {"0.0.0.0:1", ListenAddress::Tcp("0.0.0.0", 1)},
      {":8080", ListenAddress::Tcp("0.0.0.0", 8080)},
      {"*:65535", ListenAddress::Tcp("0.0.0.0", 65535)},
      {"localhost:8080", ListenAddress::Tcp("127.0.0.1", 8080)},
      {"[::1]:8080", ListenAddress::Tcp("::1", 8080)},
      {"[::]:80", ListenAddress::Tcp("::", 80)},
      {"unix:/run/x.sock", ListenAddress::Unix("/run/x.sock")},
      {"unix:x.sock", ListenAddress::Unix("x.sock")},
      {"unix:/a:b", ListenAddress::Unix("/a:b")},
  };
  for (const auto& [text, expected] : cases) {
    const Result<ListenAddress> parsed = ParseListenAddress(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(ListenAddress, TwoSpellingsOfOneAddressAreEqual) {
  EXPECT_EQ(*ParseListenAddress("[0:0:0:0:0:0:0:1]:80"), *ParseListenAddress("[::1]:80"));
  EXPECT_EQ(*ParseListenAddress("[2001:DB8::A]:80"), *ParseListenAddress("[2001:db8:0::a]:80"));
}

TEST(ListenAddress, ToStringReadsBack) {
  for (const char* text : {"127.0.0.1:8080", "[2001:db8::1]:443", "unix:/run/x.sock"}) {
    EXPECT_EQ(ParseListenAddress(text)->ToString(), text);
  }
}

TEST(ListenAddress, ErrorsNameTheRemedy) {
  EXPECT_EQ(
      ErrorOf("8080"),
      "\"8080\" has no address; write 127.0.0.1:8080 for this machine only or 0.0.0.0:8080 for "
      "everyone");
  EXPECT_EQ(ErrorOf("127.0.0.1"),
            "\"127.0.0.1\" has no port; write ADDRESS:PORT, such as 127.0.0.1:8080");
  EXPECT_EQ(ErrorOf("::1:8080"),
            "\"::1:8080\" is an IPv6 address without brackets; write [ADDRESS]:PORT, such as "
            "[::1]:8080");
  EXPECT_EQ(ErrorOf("[::1]"), "\"[::1]\" has no port; write [ADDRESS]:PORT, such as [::1]:8080");
  EXPECT_EQ(
      ErrorOf("example.org:80"),
      "\"example.org:80\" does not start with an IP address; names are not looked up: write the "
      "address itself, such as 127.0.0.1:8080");
  EXPECT_EQ(ErrorOf("/run/x.sock"),
            "\"/run/x.sock\" is a path; write unix:/run/x.sock for a UNIX socket");
}

TEST(ListenAddress, RefusesWhatCannotBeBound) {
  const std::string nul("127.0.0.1\0:80", 13);
  for (const std::string& text :
       {std::string(), std::string(":"), std::string("127.0.0.1:"), std::string("127.0.0.1:0"),
        std::string("127.0.0.1:65536"), std::string("127.0.0.1:-1"), std::string("127.0.0.1:80 "),
        std::string("127.0.0.1:http"), std::string("127.1:80"), std::string("256.0.0.1:80"),
        std::string("[::1:80"), std::string("[127.0.0.1]:80"), std::string("[]:80"),
        std::string("[::1]x:80"), std::string("[fe80::1%eth0]:80"), std::string("http://x:80"),
        nul}) {
    EXPECT_FALSE(ParseListenAddress(text).ok()) << text;
  }
}

TEST(ListenAddress, ForProxiesThatSendTheProxyProtocol) {
  for (const char* text :
       {"proxy:127.0.0.1:8081", "proxy:[::1]:8081", "proxy:unix:/run/ringcast/events.sock"}) {
    const Result<ListenAddress> address = ParseListenAddress(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_TRUE(address->proxy_protocol);
    EXPECT_EQ(address->ToString(), text);
    const Result<ListenAddress> plain = ParseListenAddress(std::string_view(text).substr(6));
    EXPECT_FALSE(plain->proxy_protocol);
    EXPECT_TRUE(plain->SamePlace(*address)) << "they cannot both be listened on";
    EXPECT_NE(*plain, *address);
  }
  EXPECT_EQ(ErrorOf("proxy:proxy:127.0.0.1:1"),
            "\"proxy:proxy:127.0.0.1:1\" says proxy: twice; write it once");
  EXPECT_FALSE(ParseListenAddress("proxy:").ok());
  EXPECT_FALSE(ParseListenAddress("proxy:/run/x.sock").ok());
}

TEST(SocketPath, TakesWhatSockaddrUnHolds) {
  EXPECT_EQ(*ParseSocketPath("/run/x.sock"), "/run/x.sock");
  EXPECT_EQ(*ParseSocketPath("unix:/run/x.sock"), "/run/x.sock");
  EXPECT_TRUE(ParseSocketPath(std::string(kMaxSocketPathBytes, 'x')).ok());
  EXPECT_FALSE(ParseSocketPath(std::string(kMaxSocketPathBytes + 1, 'x')).ok());
  for (const std::string& text : {std::string(), std::string("unix:"), std::string("@abstract"),
                                  std::string("/run/"), std::string("/a\0b", 4)}) {
    EXPECT_FALSE(ParseSocketPath(text).ok()) << text;
  }
}

}  // namespace
}  // namespace ringcast
