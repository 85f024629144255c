#include "protocol/percent.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

TEST(PercentDecode, LeavesPlainTextAlone) {
  EXPECT_EQ(PercentDecode(""), "");
  EXPECT_EQ(PercentDecode("a+b c/\xff"), "a+b c/\xff");
}

TEST(PercentDecode, DecodesEveryByteInBothCases) {
  const std::string lower = "0123456789abcdef";
  const std::string upper = "0123456789ABCDEF";
  for (int value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    for (const std::string& digits : {lower, upper}) {
      const std::string escape = {'%', digits[value / 16], digits[value % 16]};
      EXPECT_EQ(PercentDecode("a" + escape + "b"), "a" + byte + "b");
    }
  }
}

TEST(PercentDecode, DecodesOnce) {
  EXPECT_EQ(PercentDecode("%252e%252e"), "%2e%2e");
  EXPECT_EQ(PercentDecode("%2525"), "%25");
}

TEST(PercentDecode, RefusesBrokenEscapes) {
  for (const char* text :
       {"%", "a%", "%1", "a%1", "%zz", "%1z", "%z1", "%%41", "%-1", "% 1", "%+1", "%0x", "%41%"}) {
    EXPECT_EQ(PercentDecode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace ringcast
