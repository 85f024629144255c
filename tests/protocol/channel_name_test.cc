#include "protocol/channel_name.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

TEST(ChannelName, TakesEveryByteOfTheGrammarAndNoOther) {
  const std::string allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:@=+-/";
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name = {'a', static_cast<char>(byte), 'b'};
    const bool valid = allowed.find(static_cast<char>(byte)) != std::string::npos;
    EXPECT_EQ(IsValidChannelName(name), valid) << "byte " << byte;
  }
}

// Hostile input 27.
TEST(ChannelName, HasALengthOfOneTo255Bytes) {
  EXPECT_FALSE(IsValidChannelName(""));
  EXPECT_TRUE(IsValidChannelName("a"));
  EXPECT_TRUE(IsValidChannelName(std::string(255, 'a')));
  EXPECT_FALSE(IsValidChannelName(std::string(256, 'a')));
}

// Hostile input 26.
TEST(ChannelName, IsNeverAPathThatClimbs) {
  for (const char* const name : {".", "..", "a/..", "../a", "a/./b", "a/../b", "./a", "a/."}) {
    EXPECT_FALSE(IsValidChannelName(name)) << name;
  }
  for (const char* const name : {"...", ".a", "a.", "a..b", "a/.b", "a/b..", "..a/b"}) {
    EXPECT_TRUE(IsValidChannelName(name)) << name;
  }
  EXPECT_FALSE(IsValidChannelName("a\\b"));
  EXPECT_FALSE(IsValidChannelName("\xC0\xAE\xC0\xAE"));
}

TEST(ChannelName, HasNoEmptySegment) {
  for (const char* const name : {"/", "//", "/a", "a/", "a//b"}) {
    EXPECT_FALSE(IsValidChannelName(name)) << name;
  }
  EXPECT_TRUE(IsValidChannelName("a/b/c"));
}

TEST(ChannelName, SaysWhyItIsRefused) {
  EXPECT_EQ(ChannelNameError("orders/eu:42"), "");
  EXPECT_NE(ChannelNameError("").find("empty"), std::string_view::npos);
  EXPECT_NE(ChannelNameError(std::string(256, 'a')).find("255"), std::string_view::npos);
  EXPECT_NE(ChannelNameError("a b").find("byte"), std::string_view::npos);
  EXPECT_NE(ChannelNameError("a//b").find("slash"), std::string_view::npos);
  EXPECT_NE(ChannelNameError("a/..").find(".."), std::string_view::npos);
}

}  // namespace
}  // namespace ringcast
