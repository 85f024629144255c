#include "hub/channel_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringcast {
namespace {

bool Matches(std::string_view pattern, std::string_view name) {
  const Result<ChannelPattern> parsed = ChannelPattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << pattern;
  return parsed.ok() && parsed->Matches(name);
}

std::string Why(std::string_view pattern) {
  const Result<ChannelPattern> parsed = ChannelPattern::Parse(pattern);
  return parsed ? "" : parsed.error().message;
}

TEST(ChannelPattern, ANameMatchesItselfAlone) {
  EXPECT_TRUE(Matches("news", "news"));
  EXPECT_FALSE(Matches("news", "news2"));
  EXPECT_FALSE(Matches("news", "new"));
  EXPECT_FALSE(Matches("news", "News"));
}

TEST(ChannelPattern, AVariableIsOneTextWithoutASlash) {
  EXPECT_TRUE(Matches("session:{id}", "session:1"));
  EXPECT_TRUE(Matches("session:{id}", "session:a:b.c"));
  EXPECT_FALSE(Matches("session:{id}", "session:"));
  EXPECT_FALSE(Matches("session:{id}", "session:a/b"));
  EXPECT_FALSE(Matches("session:{id}", "xsession:1"));
  EXPECT_TRUE(Matches("{a}/{b}", "x/y"));
  EXPECT_FALSE(Matches("{a}/{b}", "x/y/z"));
  EXPECT_TRUE(Matches("user/{id}/inbox", "user/7/inbox"));
  EXPECT_FALSE(Matches("user/{id}/inbox", "user/7/8/inbox"));
}

TEST(ChannelPattern, WhatFollowsAVariableMayStandInItsValue) {
  EXPECT_TRUE(Matches("{a}-{b}", "x-y-z"));
  EXPECT_TRUE(Matches("{a}-end", "x-end-end"));
  EXPECT_FALSE(Matches("{a}-end", "-end"));
  EXPECT_TRUE(Matches("a{x}a{y}a", "aaaaa"));
  EXPECT_FALSE(Matches("a{x}a{y}a", "aaaa"));
  EXPECT_TRUE(Matches("{a}x/{b}y", "xx/yy"));
  EXPECT_FALSE(Matches("{a}x/{b}y", "1x/2x/3y"));
  EXPECT_TRUE(Matches("{a}{b}", "xy"));
  EXPECT_FALSE(Matches("{a}{b}", "x")) << "each has a character of its own";
}

TEST(ChannelPattern, AStarAtTheEndIsWhateverFollows) {
  EXPECT_TRUE(Matches("job:*", "job:1"));
  EXPECT_TRUE(Matches("job:*", "job:1/log"));
  EXPECT_TRUE(Matches("job:*", "job:"));
  EXPECT_FALSE(Matches("job:*", "jobs"));
  EXPECT_TRUE(Matches("*", "anything/at:all"));
  EXPECT_TRUE(Matches("app/*", "app/1"));
}

TEST(ChannelPattern, WhatNoNameCanBeIsRefusedWithARemedy) {
  for (const char* wrong :
       {"",   "a b",  "a//b", "/a",  "a/", "{",    "}",      "a{",   "a}", "{}",
        "{a", "{a}}", "{1a}", "a*b", "**", "{a}*", "a{b}:*", "a//*", "/*", "\xc3\xa9"}) {
    EXPECT_NE(Why(wrong), "") << wrong;
  }
  EXPECT_NE(Why("a*b:*").find("job:*"), std::string::npos);
}

// Everything that a slower way of matching finds, and nothing else.
bool SlowMatch(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern == "*") return true;
  if (pattern.front() != '{') {
    return !name.empty() && name.front() == pattern.front() &&
           SlowMatch(pattern.substr(1), name.substr(1));
  }
  const std::string_view rest = pattern.substr(pattern.find('}') + 1);
  for (std::size_t taken = 1; taken <= name.size() && name[taken - 1] != '/'; ++taken) {
    if (SlowMatch(rest, name.substr(taken))) return true;
  }
  return false;
}

TEST(ChannelPattern, MatchesWhatASlowSearchMatches) {
  std::vector<std::string> names = {""};
  for (std::size_t i = 0; names[i].size() < 6; ++i) {
    for (const char c : {'a', 'b', '/'}) names.push_back(names[i] + c);
  }
  for (const char* pattern : {"{x}", "a{x}", "{x}a", "{x}ab{y}", "{x}a/{y}b", "a{x}a{y}", "ab*",
                              "{x}/{y}/{z}", "{x}b{y}b{z}", "{x}{y}a", "a/{x}"}) {
    const Result<ChannelPattern> parsed = ChannelPattern::Parse(pattern);
    ASSERT_TRUE(parsed.ok()) << pattern;
    for (const std::string& name : names) {
      ASSERT_EQ(parsed->Matches(name), SlowMatch(pattern, name)) << pattern << " and " << name;
    }
  }
}

}  // namespace
}  // namespace ringcast
