#include "protocol/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "base/rng.h"

namespace ringcast {
namespace {

// Decodes a whole text by arithmetic, without any table of ranges: a sequence is well formed when
// its value needs exactly the number of bytes it takes, and is a Unicode scalar value.
bool NaiveIsValid(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    std::size_t length = 0;
    std::uint32_t value = 0;
    if ((lead & 0x80) == 0x00) {
      length = 1;
      value = lead;
    } else if ((lead & 0xE0) == 0xC0) {
      length = 2;
      value = lead & 0x1Fu;
    } else if ((lead & 0xF0) == 0xE0) {
      length = 3;
      value = lead & 0x0Fu;
    } else if ((lead & 0xF8) == 0xF0) {
      length = 4;
      value = lead & 0x07u;
    } else {
      return false;
    }
    if (i + length > text.size()) return false;
    for (std::size_t j = 1; j < length; ++j) {
      const auto byte = static_cast<std::uint8_t>(text[i + j]);
      if ((byte & 0xC0) != 0x80) return false;
      value = (value << 6) | (byte & 0x3Fu);
    }
    const std::size_t needed = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    if (needed != length || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
    i += length;
  }
  return true;
}

TEST(Utf8, TakesTheEdgesOfEveryRange) {
  for (const std::string& text :
       {std::string(), std::string("\0", 1), std::string("\x7F"), std::string("\xC2\x80"),
        std::string("\xDF\xBF"), std::string("\xE0\xA0\x80"), std::string("\xED\x9F\xBF"),
        std::string("\xEE\x80\x80"), std::string("\xEF\xBF\xBF"), std::string("\xF0\x90\x80\x80"),
        std::string("\xF4\x8F\xBF\xBF"), std::string("\xEF\xBB\xBF")}) {
    EXPECT_TRUE(IsValidUtf8(text)) << testing::PrintToString(text);
  }
}

// Hostile input 85.
TEST(Utf8, RefusesOverlongSurrogatesAndTooLarge) {
  for (const char* const text : {"\xC0\x80",
                                 "\xC0\xAE",
                                 "\xC1\xBF",
                                 "\xE0\x80\x80",
                                 "\xE0\x9F\xBF",
                                 "\xF0\x80\x80\x80",
                                 "\xF0\x8F\xBF\xBF",
                                 "\xED\xA0\x80",
                                 "\xED\xBF\xBF",
                                 "\xF4\x90\x80\x80",
                                 "\xF5\x80\x80\x80",
                                 "\xFF",
                                 "\xFE",
                                 "\x80",
                                 "\xBF",
                                 "\xC2",
                                 "\xE2\x82",
                                 "\xF0\x9F\x92",
                                 "\xC2\x41",
                                 "\xE2\x82\x41",
                                 "a\xC3",
                                 "\xF8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsValidUtf8(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, AgreesWithArithmeticOnAllShortSequences) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string two = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(IsValidUtf8(two), NaiveIsValid(two)) << first << ' ' << second;
      for (const unsigned third : {0x00u, 0x41u, 0x7Fu, 0x80u, 0x9Fu, 0xA0u, 0xBFu, 0xC0u, 0xFFu}) {
        for (const unsigned fourth : {0x41u, 0x80u, 0xBFu, 0xC2u}) {
          const std::string four = two + static_cast<char>(third) + static_cast<char>(fourth);
          ASSERT_EQ(IsValidUtf8(four), NaiveIsValid(four))
              << first << ' ' << second << ' ' << third << ' ' << fourth;
        }
      }
    }
  }
}

// One bad byte at every place of texts of many lengths: no step over several bytes may miss it.
TEST(Utf8, FindsABadByteAnywhere) {
  for (std::size_t size = 1; size < 70; ++size) {
    std::string text(size, 'a');
    ASSERT_TRUE(IsValidUtf8(text));
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = '\xFF';
      ASSERT_FALSE(IsValidUtf8(text)) << size << ' ' << at;
      text[at] = 'a';
    }
  }
}

TEST(Utf8, AgreesWithArithmeticOnMixedText) {
  constexpr std::uint64_t kSeed = 31337;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  const std::string parts[] = {
      "a", "0123456789abcdef", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x92\xA9", std::string("\0", 1),
      "\n"};
  int valid = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const std::size_t count = rng.Below(12);
    for (std::size_t j = 0; j < count; ++j) text += parts[rng.Below(std::size(parts))];
    if (!text.empty() && rng.Below(2) == 0) {
      text[rng.Below(text.size())] = static_cast<char>(rng.Below(256));
    }
    ASSERT_EQ(IsValidUtf8(text), NaiveIsValid(text)) << testing::PrintToString(text);
    valid += NaiveIsValid(text);
  }
  EXPECT_GT(valid, 5'000);
  EXPECT_LT(valid, 19'000);
}

}  // namespace
}  // namespace ringcast
