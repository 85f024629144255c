#include "load/target.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(Target, MakesRequestAndChannelOfTheUrl) {
  const Result<Target> target = FindTarget("http://127.0.0.1:8080/events/a/b?x=1", 1, 1);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->request.find("GET /events/a/b?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"), 0u);
  EXPECT_TRUE(target->request.ends_with("\r\n\r\n"));
  EXPECT_EQ(target->channel, "a/b");
  ASSERT_EQ(target->addresses.size(), 1u);
  EXPECT_EQ(ntohs(target->addresses[0].sin_port), 8080);
  EXPECT_EQ(target->addresses[0].sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

TEST(Target, AsksForWhatCameAfterAnId) {
  const Result<Target> target = FindTarget("http://127.0.0.1/events/a", 1, 1);
  ASSERT_TRUE(target);
  EXPECT_EQ(RequestHead(*target, "/x", {}).find("Last-Event-ID"), std::string::npos);
  const std::string head = RequestHead(*target, "/events/b", "12-7");
  EXPECT_EQ(head.find("GET /events/b HTTP/1.1\r\nHost: 127.0.0.1\r\n"), 0u) << head;
  EXPECT_NE(head.find("\r\nLast-Event-ID: 12-7\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST(Target, SpreadsUpwards) {
  const Result<Target> target = FindTarget("http://127.0.0.255/x", 3, 1);
  ASSERT_TRUE(target);
  ASSERT_EQ(target->addresses.size(), 3u);
  EXPECT_EQ(ntohl(target->addresses[0].sin_addr.s_addr), 0x7F0000FFu);
  EXPECT_EQ(ntohl(target->addresses[2].sin_addr.s_addr), 0x7F000101u);
  EXPECT_EQ(target->channel, "");
}

TEST(Target, SpreadsByItselfAsFarAsThePortsAsk) {
  const std::uint64_t ports = LocalPorts();
  ASSERT_GT(ports, 1000u);
  EXPECT_EQ(FindTarget("http://127.0.0.1/", 0, 100)->addresses.size(), 1u);
  EXPECT_GE(FindTarget("http://127.0.0.1/", 0, ports)->addresses.size(), 2u);
  EXPECT_GE(FindTarget("http://127.0.0.1/", 0, ports * 10)->addresses.size(), 20u);
  EXPECT_EQ(FindTarget("http://192.0.2.1/", 0, ports * 10)->addresses.size(), 1u);
}

TEST(Target, RefusesWhatItCannotConnectTo) {
  EXPECT_FALSE(FindTarget("127.0.0.1/x", 1, 1));
  EXPECT_FALSE(FindTarget("unix:/run/x.sock", 1, 1));
  EXPECT_FALSE(FindTarget("https://127.0.0.1/", 1, 1));
  EXPECT_FALSE(FindTarget("http://255.255.255.255/", 2, 1));
}

}  // namespace
}  // namespace ringcast
