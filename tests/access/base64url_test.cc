#include "access/base64url.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

using std::string_literals::operator""s;

// RFC 4648 10, without padding.
TEST(Base64Url, TheVectorsOfTheRfc) {
  const std::pair<std::string, std::string> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(EncodeBase64Url(bytes), text);
    EXPECT_EQ(DecodeBase64Url(text), bytes);
  }
}

TEST(Base64Url, EveryByteComesBackAtEveryPlace) {
  for (int value = 0; value < 256; ++value) {
    for (std::size_t before = 0; before < 3; ++before) {
      const std::string bytes = std::string(before, 'x') + static_cast<char>(value);
      EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(bytes)), bytes) << value;
    }
  }
}

TEST(Base64Url, TheAlphabetIsTheUrlsOwn) {
  EXPECT_EQ(EncodeBase64Url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(DecodeBase64Url("-__-"), "\xfb\xff\xfe");
  EXPECT_FALSE(DecodeBase64Url("+//+"));
}

TEST(Base64Url, OneValueHasOneSpelling) {
  // Padding, white space, other bytes.
  for (const std::string& text : {"Zg=="s, "Zm8="s, "Zm9v\n"s, " Zm9v"s, "Zm 9v"s, "Zm9v."s,
                                  "Zm\x00v"s, "Zm\xc3\xa9"s, "Zm9v="s}) {
    EXPECT_FALSE(DecodeBase64Url(text)) << text;
  }
  // A length that no bytes encode to.
  EXPECT_FALSE(DecodeBase64Url("Z"));
  EXPECT_FALSE(DecodeBase64Url("Zm9vY"));
  // Bits that belong to no byte: "Zg" is "f", and so would be "Zh" to a lenient reader.
  for (const char* text : {"Zh", "Zv", "Zm9", "Zm-"}) EXPECT_FALSE(DecodeBase64Url(text)) << text;
}

}  // namespace
}  // namespace ringcast
