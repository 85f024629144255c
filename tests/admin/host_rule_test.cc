#include "admin/host_rule.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

const ListenAddress kLoopback = ListenAddress::Tcp("127.0.0.1", 9180);

TEST(HostRule, ALoopbackListenerAnswersToAddressesAndLocalhost) {
  for (const char* host :
       {"127.0.0.1:9180", "127.0.0.1", "10.1.2.3:80", "[::1]:9180", "[::1]", "localhost",
        "localhost:9180", "LocalHost:1", "ringcast.localhost:9180", ""}) {
    EXPECT_TRUE(AnswersTo(kLoopback, host)) << host;
    EXPECT_TRUE(AnswersTo(ListenAddress::Tcp("::1", 9180), host)) << host;
  }
}

TEST(HostRule, ALoopbackListenerAnswersToNoOtherName) {
  for (const char* host : {"evil.example", "evil.example:9180", "localhost.evil.example",
                           "notlocalhost", "127.0.0.1.evil.example:9180", "1.evil",
                           "localhost.:9180", ".", "evil", "evil:127.0.0.1"}) {
    EXPECT_FALSE(AnswersTo(kLoopback, host)) << host;
    EXPECT_FALSE(AnswersTo(ListenAddress::Tcp("::1", 9180), host)) << host;
  }
}

TEST(HostRule, OtherListenersMayHaveNames) {
  EXPECT_TRUE(AnswersTo(ListenAddress::Tcp("0.0.0.0", 9180), "ringcast.internal:9180"));
  EXPECT_TRUE(AnswersTo(ListenAddress::Tcp("10.0.0.7", 9180), "ringcast.internal"));
  EXPECT_TRUE(AnswersTo(ListenAddress::Unix("/run/ringcast/admin.sock"), "anything"));
}

}  // namespace
}  // namespace ringcast
