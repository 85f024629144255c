#include "protocol/origin_policy.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

TEST(OriginPolicy, Row59WithoutEntriesNothingIsSaid) {
  const CorsAnswer answer = OriginPolicy().For("https://a");
  EXPECT_EQ(answer.allow_origin, "");
  EXPECT_FALSE(answer.credentials);
  EXPECT_FALSE(answer.vary);
}

TEST(OriginPolicy, Row59OnlyAnExactOriginIsReflected) {
  const OriginPolicy policy({"https://a.example", "http://localhost:3000"});
  EXPECT_EQ(policy.For("https://a.example").allow_origin, "https://a.example");
  EXPECT_TRUE(policy.For("https://a.example").credentials);
  EXPECT_TRUE(policy.For("https://a.example").vary);
  for (const char* other :
       {"", "null", "https://A.example", "https://a.example.evil", "https://evila.example",
        "https://a.example, https://b", "http://a.example", "*", "https://a.example:443",
        "https://a.example/", "https://a.example ", "http://localhost:30000", "http://localhost"}) {
    EXPECT_EQ(policy.For(other).allow_origin, "") << other;
    EXPECT_FALSE(policy.For(other).credentials) << other;
    EXPECT_TRUE(policy.For(other).vary) << other;
  }
}

TEST(OriginPolicy, Row59AStarStandsForAllAndReflectsNothing) {
  const OriginPolicy policy({"*"});
  for (const char* origin : {"https://evil", "null", ""}) {
    EXPECT_EQ(policy.For(origin).allow_origin, "*") << origin;
    EXPECT_FALSE(policy.For(origin).credentials) << "a star and credentials exclude each other";
    EXPECT_FALSE(policy.For(origin).vary) << origin;
  }
}

// A page of the named one may send its cookies, all others read what is public.
TEST(OriginPolicy, WhoIsNamedBesidesAStarHasCredentials) {
  const OriginPolicy policy({"*", "https://a.example"});
  EXPECT_EQ(policy.For("https://a.example").allow_origin, "https://a.example");
  EXPECT_TRUE(policy.For("https://a.example").credentials);
  EXPECT_EQ(policy.For("https://evil").allow_origin, "*");
  EXPECT_FALSE(policy.For("https://evil").credentials);
  EXPECT_TRUE(policy.For("https://evil").vary) << "the answer depends on the origin";
}

TEST(OriginPolicy, APatternStandsForOneOrMoreLabels) {
  const OriginPolicy policy({"https://*.example.org"});
  for (const char* origin : {"https://a.example.org", "https://a.b.example.org",
                             "https://a-1.example.org", "https://xn--bcher-kva.example.org"}) {
    EXPECT_EQ(policy.For(origin).allow_origin, origin);
    EXPECT_TRUE(policy.For(origin).credentials) << origin;
  }
  for (const char* origin :
       {"https://example.org",           "https://evilexample.org",
        "https://example.org.evil.com",  "https://a.example.org.evil.com",
        "https://.example.org",          "https://a..example.org",
        "https://A.example.org",         "http://a.example.org",
        "https://a.example.org:8443",    "https://evil.com/.example.org",
        "https://evil.com?.example.org", "https://evil.com#.example.org",
        "https://evil@a.example.org",    "https://evil.com:1.example.org",
        "https://[::1].example.org",     "https://a.example.org/",
        "https://a%2e.example.org",      "null",
        "https://a.example.org\n",       "https://a.example.orghttps://b.example.org"}) {
    EXPECT_EQ(policy.For(origin).allow_origin, "") << origin;
    EXPECT_TRUE(policy.For(origin).vary) << origin;
  }
}

TEST(OriginPolicy, APatternMayNameAPort) {
  const OriginPolicy policy({"https://*.example.org:8443"});
  EXPECT_EQ(policy.For("https://a.example.org:8443").allow_origin, "https://a.example.org:8443");
  EXPECT_EQ(policy.For("https://a.example.org").allow_origin, "");
  EXPECT_EQ(policy.For("https://a.example.org:84430").allow_origin, "");
}

TEST(OriginPolicy, APortPatternStandsForAnyPortOrNone) {
  const OriginPolicy policy({"http://localhost:*", "http://[::1]:*"});
  for (const char* origin : {"http://localhost", "http://localhost:3000", "http://localhost:65535",
                             "http://[::1]:5173"}) {
    EXPECT_EQ(policy.For(origin).allow_origin, origin);
  }
  for (const char* origin :
       {"http://localhost.evil.com", "http://localhost.evil.com:3000", "http://localhost:",
        "http://localhost:30000000", "http://localhost:3000.evil.com", "http://localhost:3a",
        "http://localhost:080", "https://localhost:3000", "http://localhost@evil.com",
        "http://localhost:3000@evil.com", "http://evillocalhost:3000", "http://localhost3000"}) {
    EXPECT_EQ(policy.For(origin).allow_origin, "") << origin;
  }
}

// Any page can make its origin opaque, so it stands for nobody.
TEST(OriginPolicy, TheOpaqueOriginNeverHasCredentials) {
  const OriginPolicy policy({"null"});
  EXPECT_EQ(policy.For("null").allow_origin, "null");
  EXPECT_FALSE(policy.For("null").credentials);
  EXPECT_EQ(OriginPolicy({"https://*.example.org", "http://localhost:*"}).For("null").allow_origin,
            "");
}

}  // namespace
}  // namespace ringcast
