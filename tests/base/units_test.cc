#include "base/units.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ringcast {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// The error's text; empty when there is a value, which no expectation below accepts.
template <class T>
std::string ErrorOf(const Result<T>& result) {
  return result.ok() ? std::string() : result.error().message;
}

TEST(Duration, ReadsEachUnitAndTheirSums) {
  const std::vector<std::pair<std::string, Millis>> cases = {
      {"500ms", 500ms},
      {"10s", 10s},
      {"2m", 2min},
      {"1h", 1h},
      {"1d", 24h},
      {"1h30m", 90min},
      {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
      {"0", 0ms},
      {"0s", 0ms},
      {"off", 0ms},
      {"90m", 90min},
      {"9223372036854775807ms", Millis(std::numeric_limits<std::int64_t>::max())},
  };
  for (const auto& [text, expected] : cases) {
    const Result<Millis> parsed = ParseDuration(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << ErrorOf(parsed);
    EXPECT_EQ(parsed->count(), expected.count()) << text;
  }
}

TEST(Duration, RefusesWhatIsNoTime) {
  for (const char* text : {"", " ", "s", "-5s", "+5s", "10 s", "10s ", " 10s", "1.5s", "10sec",
                           "10S", "1e3s", "ten", "OFF", "10s5", "h1"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << '"' << text << '"';
  }
}

TEST(Duration, ABareNumberIsRefusedWithTheTwoLikelyMeanings) {
  EXPECT_EQ(
      ErrorOf(ParseDuration("10")),
      "\"10\" has no unit; write 10s for seconds or 10ms for milliseconds (units: ms, s, m, h, "
      "d)");
}

TEST(Duration, UnitsOutOfOrderOrTwiceAreRefused) {
  for (const char* text : {"30m1h", "1s1s", "5ms1s"}) {
    EXPECT_NE(ErrorOf(ParseDuration(text)).find("from large to small"), std::string::npos) << text;
  }
}

TEST(Duration, OverflowIsRefused) {
  for (const char* text : {"9223372036854775808ms", "9223372036854775807s",
                           "18446744073709551616ms", "106751991167d24h", "9223372036854775807ms1ms",
                           "106751991167d100h", "99999999999999999999h"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(Duration, WhatIsFormattedReadsBack) {
  EXPECT_EQ(FormatDuration(0ms), "off");
  EXPECT_EQ(FormatDuration(15s), "15s");
  EXPECT_EQ(FormatDuration(90min), "1h30m");
  EXPECT_EQ(FormatDuration(24h + 1ms), "1d1ms");
  constexpr std::uint64_t kSeed = 20250131;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 10'000; ++i) {
    const Millis duration(static_cast<std::int64_t>(random() >> (1 + random() % 63)));
    const Result<Millis> parsed = ParseDuration(FormatDuration(duration));
    ASSERT_TRUE(parsed.ok()) << "seed " << kSeed << ": " << FormatDuration(duration);
    ASSERT_EQ(parsed->count(), duration.count()) << "seed " << kSeed;
  }
}

TEST(Size, ReadsBytesAndBothFamiliesOfUnits) {
  const std::vector<std::pair<std::string, std::uint64_t>> cases = {
      {"0", 0},
      {"512", 512},
      {"512B", 512},
      {"64KiB", 65536},
      {"64k", 65536},
      {"64K", 65536},
      {"64kb", 64000},
      {"64KB", 64000},
      {"1MB", 1'000'000},
      {"1MiB", 1'048'576},
      {"1m", 1'048'576},
      {"2GiB", 2'147'483'648},
      {"2GB", 2'000'000'000},
      {"1TiB", 1'099'511'627'776},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
  };
  for (const auto& [text, expected] : cases) {
    const Result<std::uint64_t> parsed = ParseSize(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << ErrorOf(parsed);
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(Size, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "KiB", "-1", "+1", "1.5MiB", "1 MiB", "1MiB ", "1XB", "1KiBs", "0x10", "off"}) {
    EXPECT_NE(ErrorOf(ParseSize(text)).find("is not a size"), std::string::npos) << text;
  }
  for (const char* text : {"18446744073709551616", "18446744073709551615KiB", "16777216TiB"}) {
    EXPECT_NE(ErrorOf(ParseSize(text)).find("is too large a size"), std::string::npos) << text;
  }
}

TEST(Size, WhatIsFormattedReadsBack) {
  EXPECT_EQ(FormatSize(0), "0");
  EXPECT_EQ(FormatSize(1000), "1000");
  EXPECT_EQ(FormatSize(65536), "64KiB");
  EXPECT_EQ(FormatSize(1536 * 1024), "1536KiB");
  constexpr std::uint64_t kSeed = 7;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t size = (random() >> (random() % 64)) << (random() % 20);
    const Result<std::uint64_t> parsed = ParseSize(FormatSize(size));
    ASSERT_TRUE(parsed.ok()) << "seed " << kSeed << ": " << FormatSize(size);
    ASSERT_EQ(*parsed, size) << "seed " << kSeed;
  }
}

TEST(Count, TakesDigitsOnly) {
  EXPECT_EQ(*ParseCount("0"), 0u);
  EXPECT_EQ(*ParseCount("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  for (const char* text : {"", "-1", "+1", "1k", "1.0", " 1", "1 "}) {
    EXPECT_NE(ErrorOf(ParseCount(text)).find("is not a number"), std::string::npos) << text;
  }
  EXPECT_EQ(ErrorOf(ParseCount("18446744073709551616")),
            "\"18446744073709551616\" is too large a number");
}

TEST(Mode, IsOctal) {
  EXPECT_EQ(*ParseMode("0660"), 0660u);
  EXPECT_EQ(*ParseMode("660"), 0660u);
  EXPECT_EQ(*ParseMode("0o600"), 0600u);
  EXPECT_EQ(*ParseMode("0"), 0u);
  for (const char* text : {"", "0o", "888", "rw-rw----", "1777", "-660", "0660 "}) {
    EXPECT_NE(ErrorOf(ParseMode(text)).find("is not a file mode"), std::string::npos) << text;
  }
}

TEST(Switch, TakesTheUsualWords) {
  for (const char* text : {"true", "yes", "on", "1", "TRUE"}) EXPECT_TRUE(*ParseSwitch(text));
  for (const char* text : {"false", "no", "off", "0", "Off"}) EXPECT_FALSE(*ParseSwitch(text));
  for (const char* text : {"", "2", "maybe", "true "}) EXPECT_FALSE(ParseSwitch(text).ok());
}

TEST(Quoted, EscapesAndCuts) {
  EXPECT_EQ(Quoted("a b"), "\"a b\"");
  EXPECT_EQ(Quoted("a\nb\x1b[0m\x7f"), "\"a\\x0ab\\x1b[0m\\x7f\"");
  EXPECT_EQ(Quoted(std::string(60, 'x')), "\"" + std::string(60, 'x') + "\"");
  EXPECT_EQ(Quoted(std::string(61, 'x')), "\"" + std::string(60, 'x') + "...\"");
}

}  // namespace
}  // namespace ringcast
