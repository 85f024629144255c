#include "app/log_line.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace ringcast {
namespace {

constexpr UnixMillis kTime = 1738324800123;  // 2025-01-31 12:00:00.123 UTC

std::string Line(LogFormat format, LogLevel level, std::string_view message) {
  std::string line;
  AppendLogLine(format, level, kTime, message, line);
  return line;
}

TEST(LogLine, JournaldIsAPriorityAndTheMessage) {
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kError, "a b=1"), "<3>a b=1\n");
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kWarning, "a"), "<4>a\n");
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, "a"), "<6>a\n");
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kDebug, "a"), "<7>a\n");
}

TEST(LogLine, TextHasTimeAndLevel) {
  EXPECT_EQ(Line(LogFormat::kText, LogLevel::kWarning, "slow pid=4"),
            "2025-01-31T12:00:00.123Z warning slow pid=4\n");
}

TEST(LogLine, JsonIsOneObject) {
  EXPECT_EQ(Line(LogFormat::kJson, LogLevel::kInfo, "say \"hi\" \\ path=/x"),
            "{\"time\":\"2025-01-31T12:00:00.123Z\",\"level\":\"info\","
            "\"message\":\"say \\\"hi\\\" \\\\ path=/x\"}\n");
}

TEST(LogLine, NothingFromAPeerForgesALineOrSteersATerminal) {
  const std::string hostile = "a\r\n<0>b\x1b[31m\x7f\xff\xc2\x9b" + std::string(1, '\0') + "c";
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, hostile),
            "<6>a\\x0d\\x0a<0>b\\x1b[31m\\x7f\\xff\\xc2\\x9b\\x00c\n");
  EXPECT_NE(Line(LogFormat::kJson, LogLevel::kInfo, hostile)
                .find("\"a\\u000d\\u000a<0>b\\u001b[31m\\u007f\\u00ff\\u009b\\u0000c\""),
            std::string::npos);
}

TEST(LogLine, Utf8StaysAndWhatIsNotUtf8IsEscaped) {
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "<6>\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n");
  // Overlong, surrogate, above U+10FFFF, cut short.
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, "\xc0\xaf"), "<6>\\xc0\\xaf\n");
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, "\xe0\x80\xaf"), "<6>\\xe0\\x80\\xaf\n");
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, "\xed\xa0\x80"), "<6>\\xed\\xa0\\x80\n");
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, "\xf4\x90\x80\x80"),
            "<6>\\xf4\\x90\\x80\\x80\n");
  EXPECT_EQ(Line(LogFormat::kJournald, LogLevel::kInfo, "a\xe2\x82"), "<6>a\\xe2\\x82\n");
}

TEST(LogLine, AnyBytesGiveOneLine) {
  constexpr unsigned kSeed = 61;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 5'000; ++i) {
    std::string message(random() % 40, '\0');
    for (char& c : message) c = static_cast<char>(random());
    for (const LogFormat format : {LogFormat::kJournald, LogFormat::kText, LogFormat::kJson}) {
      const std::string line = Line(format, LogLevel::kInfo, message);
      for (std::size_t at = 0; at + 1 < line.size(); ++at) {
        ASSERT_GE(static_cast<unsigned char>(line[at]), 0x20) << "seed " << kSeed << " run " << i;
        ASSERT_NE(line[at], '\x7f') << "seed " << kSeed << " run " << i;
      }
      ASSERT_EQ(line.back(), '\n');
    }
  }
}

}  // namespace
}  // namespace ringcast
