#include "protocol/source_template.h"

#include <gtest/gtest.h>

#include "protocol/glob_pattern.h"

namespace ringcast {
namespace {

using Captures = std::vector<std::string>;

std::string Problem(std::string_view text, std::size_t stars) {
  const Result<SourceTemplate> parsed = SourceTemplate::Parse(text, stars);
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(SourceTemplate, IsFilledWithCapturesAndFields) {
  const Result<SourceTemplate> parsed = SourceTemplate::Parse("job:{1}/{field.job id}-{0}", 1);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_TRUE(parsed->has_fields());
  const Captures captures{"q:a", "a"};
  EXPECT_EQ(parsed->Fill(captures, {{"job id", "5"}}), "job:a/5-q:a");
  EXPECT_EQ(parsed->Fill(captures, {{"job", "5"}}), std::nullopt);
  EXPECT_FALSE(SourceTemplate::Parse("plain", 0)->has_fields());
}

TEST(SourceTemplate, MistakesAreSaidWithTheirRemedy) {
  EXPECT_EQ(Problem("", 0), "is empty; write a channel such as job:{1}");
  EXPECT_EQ(Problem("a{1", 1), "has a { without its }; write {1}, say");
  EXPECT_EQ(Problem("a:{2}", 1), "has {2}, but the pattern has 1 star");
  EXPECT_EQ(Problem("a:{1}", 0), "has {1}, but the pattern has 0 stars");
  for (const char* text : {"a:{id}", "{}", "{field.}", "{-1}", "{1x}", "{99999999999999999999}"}) {
    EXPECT_NE(Problem(text, 5).find("has the unknown variable {"), std::string::npos) << text;
  }
  for (const char* text : {"a b", "a}", "a*", "\xc3\xa9"}) {
    EXPECT_NE(Problem(text, 5).find("has a byte that no channel's name may hold"),
              std::string::npos)
        << text;
  }
}

TEST(SourceTemplate, TheNamesThatItMayGive) {
  const SourceTemplate made = *SourceTemplate::Parse("j:{1}{field.a}:{0}x", 1);
  EXPECT_EQ(made.Names({}), "j:*:*x");
  const Captures captures{"who?", "a*"};
  EXPECT_EQ(made.Names(captures), "j:a\\**:who\\?x");
  const SourceFields fields{{"a", "b"}};
  const Captures plain{"whole", "c"};
  EXPECT_TRUE(GlobPattern(made.Names({})).Matches(*made.Fill(plain, fields)));
  EXPECT_TRUE(GlobPattern(made.Names(plain)).Matches(*made.Fill(plain, fields)));
}

}  // namespace
}  // namespace ringcast
