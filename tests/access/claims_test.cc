#include "access/claims.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(Claims, ANameCoversItselfAlone) {
  const Claims claims{.subscribe = {"job:1"}, .publish = {}, .texts = {}};
  EXPECT_TRUE(claims.MaySubscribe("job:1"));
  for (const char* other : {"job:", "job:12", "job", "Job:1", "job:1/x", ""}) {
    EXPECT_FALSE(claims.MaySubscribe(other)) << other;
  }
  EXPECT_FALSE(claims.MayPublish("job:1"));
}

TEST(Claims, APrefixCoversWhatBeginsWithIt) {
  const Claims claims{.subscribe = {}, .publish = {"user:42:*", "a"}, .texts = {}};
  for (const char* inside : {"user:42:", "user:42:mail", "user:42:a/b", "a"}) {
    EXPECT_TRUE(claims.MayPublish(inside)) << inside;
  }
  for (const char* outside : {"user:42", "user:421:mail", "user:4", "xuser:42:", "ab"}) {
    EXPECT_FALSE(claims.MayPublish(outside)) << outside;
  }
}

TEST(Claims, AStarAloneIsEveryChannelAndElsewhereNone) {
  EXPECT_TRUE(CoversChannel({"*"}, "anything/at/all"));
  EXPECT_FALSE(CoversChannel({"a*b"}, "axb"));
  EXPECT_FALSE(CoversChannel({"*b"}, "ab"));
  EXPECT_FALSE(CoversChannel({"**"}, "a"));
  EXPECT_FALSE(CoversChannel({""}, "a"));
  EXPECT_FALSE(CoversChannel({}, "a"));
}

TEST(Claims, TextsAreFoundByName) {
  const Claims claims{.subscribe = {}, .publish = {}, .texts = {{"sub", "42"}, {"tenant", "acme"}}};
  ASSERT_NE(claims.Text("tenant"), nullptr);
  EXPECT_EQ(*claims.Text("tenant"), "acme");
  EXPECT_EQ(claims.Text("ten"), nullptr);
}

}  // namespace
}  // namespace ringcast
