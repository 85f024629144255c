#include "protocol/request_target.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

TEST(IsValidAuthority, AcceptsNamesAddressesAndPorts) {
  for (const char* text : {"a", "example.org", "example.org:80", "h:", "127.0.0.1:65535", "[::1]",
                           "[::1]:8080", "my_service", "xn--a.b", "a%20b", "a!$&'()*+;=~"}) {
    EXPECT_TRUE(IsValidAuthority(text)) << text;
  }
}

TEST(IsValidAuthority, RefusesListsUserinfoPathsAndOddPorts) {
  for (const char* text : {"",     ":80", "a,b",  "a, b",   "a b",      "u@h",     "u:p@h",
                           "h/p",  "h?q", "h#f",  "h:8x",   "h:123456", "h:80:80", "::1",
                           "[::1", "[]",  "[g]",  "[::1]x", "[::1]:x",  "[::1]80", "a]",
                           "a\"b", "a<b", "a\\b", "h%",     "h%2",      "h%zz",    "\xc3\xa4"}) {
    EXPECT_FALSE(IsValidAuthority(text)) << text;
  }
}

RequestHead Split(HttpMethod method, const std::string& target) {
  RequestHead head;
  head.method = method;
  head.target = target;
  head.host = "unset";
  EXPECT_TRUE(SplitTarget(head)) << target;
  return head;
}

TEST(SplitTarget, OriginForm) {
  const RequestHead head = Split(HttpMethod::kGet, "/a/b?c?d=/e");
  EXPECT_EQ(head.path(), "/a/b");
  EXPECT_EQ(head.query(), "c?d=/e");
  EXPECT_EQ(head.host, "unset");
  EXPECT_EQ(Split(HttpMethod::kGet, "/").query(), "");
  EXPECT_EQ(Split(HttpMethod::kGet, "/?").query(), "");
  EXPECT_EQ(Split(HttpMethod::kGet, "//h/p").path(), "//h/p");  // a path, not an authority
}

TEST(SplitTarget, AbsoluteForm) {
  RequestHead head = Split(HttpMethod::kGet, "hTTp://h.org:80/a?b");
  EXPECT_EQ(head.path(), "/a");
  EXPECT_EQ(head.query(), "b");
  EXPECT_EQ(head.host, "h.org:80");
  head = Split(HttpMethod::kGet, "https://h");
  EXPECT_EQ(head.path(), "/");
  EXPECT_EQ(head.query(), "");
  head = Split(HttpMethod::kGet, "http://h?a=b");
  EXPECT_EQ(head.path(), "/");
  EXPECT_EQ(head.query(), "a=b");
}

TEST(SplitTarget, AsteriskForm) { EXPECT_EQ(Split(HttpMethod::kOptions, "*").path(), "*"); }

TEST(SplitTarget, RefusesEveryOtherForm) {
  for (const char* target : {"*", "h:80", "h", "a/b", "?a", "*a", "ftp://h/", "http:/h", "http:h",
                             "http://", "http:///a", "http://u@h/", "http://a,b/", "://h/"}) {
    RequestHead head;
    head.target = target;
    EXPECT_FALSE(SplitTarget(head)) << target;
  }
}

}  // namespace
}  // namespace ringcast
