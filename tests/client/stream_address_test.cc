#include "client/stream_address.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

std::string Parts(std::string_view url) {
  const Result<StreamAddress> address = ParseStreamUrl(url);
  if (!address.ok()) return "error";
  return address->unix_path + "|" + address->host + "|" + address->port + "|" + address->target +
         "|" + HostField(*address);
}

TEST(StreamAddress, ReadsHttp) {
  EXPECT_EQ(Parts("http://localhost:8080/events/a?x=1"),
            "|localhost|8080|/events/a?x=1|localhost:8080");
  EXPECT_EQ(Parts("http://10.0.0.1"), "|10.0.0.1|80|/|10.0.0.1");
  EXPECT_EQ(Parts("http://[::1]:8080/e"), "|::1|8080|/e|[::1]:8080");
  EXPECT_EQ(Parts("http://[::1]"), "|::1|80|/|[::1]");
  EXPECT_EQ(Parts("http://h?channel=a"), "|h|80|/?channel=a|h");
  EXPECT_EQ(Parts("http://h/a#b"), "|h|80|/a|h");
  EXPECT_EQ(Parts("http://h#b"), "|h|80|/|h");
}

TEST(StreamAddress, ReadsUnix) {
  EXPECT_EQ(Parts("unix:/run/r.sock"), "/run/r.sock|localhost|80|/|localhost");
  EXPECT_EQ(Parts("unix:/run/r.sock:/events/a"), "/run/r.sock|localhost|80|/events/a|localhost");
  EXPECT_EQ(Parts("unix:r.sock:/e?c=a:/b"), "r.sock|localhost|80|/e?c=a:/b|localhost");
}

TEST(StreamAddress, RefusesTheRest) {
  for (const char* const url : {"",
                                "localhost:8080",
                                "https://h/",
                                "ftp://h/",
                                "http://",
                                "http:///a",
                                "http://h:/",
                                "http://h:0/",
                                "http://h:65536/",
                                "http://h:80a/",
                                "http://h:-1/",
                                "http://[::1/",
                                "http://[::1]x/",
                                "http://user@h/",
                                "http://h/a b",
                                "http://h/a\r\nX: y",
                                "http://h\n/",
                                "http://h/\xC3\xA9",
                                "unix:",
                                "unix::/a",
                                "unix:/s:/a b"}) {
    EXPECT_EQ(Parts(url), "error") << url;
  }
}

}  // namespace
}  // namespace ringcast
