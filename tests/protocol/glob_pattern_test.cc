#include "protocol/glob_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringcast {
namespace {

std::vector<std::string> Stars(std::string_view pattern, std::string_view text) {
  const auto stood_for = GlobPattern(pattern).Match(text);
  if (!stood_for) return {"no match"};
  return {stood_for->begin(), stood_for->end()};
}

using Texts = std::vector<std::string>;

TEST(GlobPattern, StarsStandForAnything) {
  EXPECT_EQ(Stars("user:*", "user:7"), Texts{"7"});
  EXPECT_EQ(Stars("user:*", "user:"), Texts{""});
  EXPECT_EQ(Stars("user:*", "users:7"), Texts{"no match"});
  EXPECT_EQ(Stars("*", ""), Texts{""});
  EXPECT_EQ(Stars("a*b*c", "a1b2c"), (Texts{"1", "2"}));
  EXPECT_EQ(Stars("**", "ab"), (Texts{"", "ab"}));
  EXPECT_EQ(Stars("*:*", "a:b:c"), (Texts{"a", "b:c"})) << "the first as short as it can be";
  EXPECT_EQ(Stars("bull:*:events", "bull:a:events:events"), Texts{"a:events"});
  EXPECT_EQ(Stars("*\xff*", "a\xff\x80"), (Texts{"a", "\x80"}));
}

TEST(GlobPattern, OneByteAndSets) {
  EXPECT_TRUE(GlobPattern("h?llo").Matches("hallo"));
  EXPECT_FALSE(GlobPattern("h?llo").Matches("hllo"));
  EXPECT_TRUE(GlobPattern("h[ae]llo").Matches("hello"));
  EXPECT_FALSE(GlobPattern("h[ae]llo").Matches("hillo"));
  EXPECT_TRUE(GlobPattern("h[^e]llo").Matches("hallo"));
  EXPECT_FALSE(GlobPattern("h[^e]llo").Matches("hello"));
  EXPECT_TRUE(GlobPattern("[c-a]").Matches("b"));
  EXPECT_TRUE(GlobPattern("[\\]x]").Matches("]"));
  EXPECT_TRUE(GlobPattern("[ab").Matches("b")) << "as Redis takes it";
  EXPECT_FALSE(GlobPattern("[]").Matches("]"));
}

TEST(GlobPattern, ABackslashTakesTheMeaning) {
  EXPECT_TRUE(GlobPattern("a\\*b").Matches("a*b"));
  EXPECT_FALSE(GlobPattern("a\\*b").Matches("axb"));
  EXPECT_TRUE(GlobPattern("a\\*b").is_literal());
  EXPECT_EQ(GlobPattern("a\\*b").literal(), "a*b");
  EXPECT_TRUE(GlobPattern("a\\").Matches("a\\"));
  const std::string odd = "*a?[b]\\";
  EXPECT_TRUE(GlobPattern(EscapeGlob(odd)).Matches(odd));
  EXPECT_TRUE(GlobPattern(EscapeGlob(odd)).is_literal());
  EXPECT_FALSE(GlobPattern("a?").is_literal());
  EXPECT_FALSE(GlobPattern("[a]").is_literal());
}

TEST(GlobPattern, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  const GlobPattern glob(pattern + "b");
  // Trying every way would outlast any patience.
  EXPECT_FALSE(glob.Matches(std::string(5000, 'a')));
}

}  // namespace
}  // namespace ringcast
