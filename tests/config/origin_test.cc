#include "config/origin.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringcast {
namespace {

TEST(Origin, BecomesWhatABrowserSends) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"*", "*"},
      {"null", "null"},
      {"https://example.org", "https://example.org"},
      {"HTTPS://Example.ORG", "https://example.org"},
      {"https://example.org:443", "https://example.org"},
      {"http://example.org:80", "http://example.org"},
      {"http://example.org:443", "http://example.org:443"},
      {"http://localhost:3000", "http://localhost:3000"},
      {"http://[::1]:3000", "http://[::1]:3000"},
      {"http://[::1]", "http://[::1]"},
      {"capacitor://localhost", "capacitor://localhost"},
      {"https://*.Example.org", "https://*.example.org"},
      {"https://*.example.org:443", "https://*.example.org"},
      {"https://*.example.org:8443", "https://*.example.org:8443"},
      {"http://localhost:*", "http://localhost:*"},
      {"http://[::1]:*", "http://[::1]:*"},
  };
  for (const auto& [text, expected] : cases) {
    const Result<std::string> parsed = ParseOrigin(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(Origin, RefusesWhatNoBrowserSends) {
  for (const char* text : {"",
                           "example.org",
                           "//example.org",
                           "https://",
                           "https://exa mple.org",
                           "https://a.org:0",
                           "https://a.org:x",
                           "https://a.org:65536",
                           "https://a.org:",
                           "://a.org",
                           "1http://a.org",
                           "https://a.org\r\nx: y",
                           "https://user@a.org",
                           "https://[::1",
                           "https://[]",
                           "https://*",
                           "http://*:3000",
                           "https://a.*.org",
                           "https://app-*.a.org",
                           "https://a.org.*",
                           "*://a.org",
                           "https://*.a.org:*",
                           "https://*.",
                           "https://a.org:080",
                           "https://*.[::1]",
                           "https://**.a.org",
                           "http://localhost:3*"}) {
    EXPECT_FALSE(ParseOrigin(text).ok()) << text;
  }
}

TEST(Origin, APathIsRefusedWithTheOriginItself) {
  const Result<std::string> parsed = ParseOrigin("https://example.org/");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message,
            "\"https://example.org/\" has a path, which no browser sends in an origin; write "
            "https://example.org");
}

TEST(Origin, AStarWithoutASchemeIsRefusedWithOne) {
  const Result<std::string> parsed = ParseOrigin("*.example.org");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message, "\"*.example.org\" has no scheme; write https://*.example.org");
}

TEST(Origin, AStarWithinANameIsRefusedWithWhatThereIs) {
  const Result<std::string> parsed = ParseOrigin("https://app-*.example.org");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message,
            "\"https://app-*.example.org\" has a star for something else than whole names in "
            "front; write https://*.example.org, or each origin");
}

}  // namespace
}  // namespace ringcast
