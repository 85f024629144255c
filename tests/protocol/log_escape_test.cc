#include "protocol/log_escape.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace ringcast {
namespace {

// Row 61: line breaks and terminal escapes in a path or a user agent cannot forge or hide log
// lines.
TEST(EscapeForLog, Row61ControlBytesBecomeVisible) {
  EXPECT_EQ(EscapeForLog("/a\r\nb\x1b[31m"), "/a\\x0d\\x0ab\\x1b[31m");
  EXPECT_EQ(EscapeForLog(std::string_view("\0\x7f\x80\xff", 4)), "\\x00\\x7f\\x80\\xff");
}

TEST(EscapeForLog, PrintableTextStaysAndBackslashesAreDoubled) {
  std::string printable;
  for (char c = 0x20; c < 0x7f; ++c) {
    if (c != '\\') printable += c;
  }
  EXPECT_EQ(EscapeForLog(printable), printable);
  EXPECT_EQ(EscapeForLog("\\x0a"), "\\\\x0a");  // not to be mistaken for an escaped line feed
  EXPECT_EQ(EscapeForLog(""), "");
}

TEST(EscapeForLog, CutsBetweenEscapes) {
  EXPECT_EQ(EscapeForLog("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(EscapeForLog("abcdefghi", 8), "abcde...");
  EXPECT_EQ(EscapeForLog("ab\n\n", 8), "ab...");
  EXPECT_EQ(EscapeForLog("a\n\n", 8), "a\\x0a...");
  EXPECT_EQ(EscapeForLog("\n\n", 3), "...");
  EXPECT_EQ(EscapeForLog(std::string(1000, 'x')).size(), 256u);
}

TEST(EscapeForLog, NeverLongerAndNeverUnprintable) {
  const unsigned seed = 20240611;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 64, '\0');
    for (char& c : text) c = static_cast<char>(random());
    const std::size_t max = 3 + random() % 80;
    const std::string escaped = EscapeForLog(text, max);
    ASSERT_LE(escaped.size(), max);
    for (const char c : escaped) ASSERT_TRUE(c >= 0x20 && c <= 0x7e);
  }
}

}  // namespace
}  // namespace ringcast
