#include "protocol/accept_field.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

bool Accepts(std::initializer_list<const char*> fields) {
  AcceptField accept;
  for (const char* field : fields) accept.Add(field);
  return accept.AcceptsEventStream();
}

TEST(AcceptField, Row57AbsentAndMatchingRanges) {
  EXPECT_TRUE(Accepts({}));
  EXPECT_TRUE(Accepts({""}));
  EXPECT_TRUE(Accepts({"*/*"}));
  EXPECT_TRUE(Accepts({"text/*"}));
  EXPECT_TRUE(Accepts({"text/event-stream"}));
  EXPECT_TRUE(Accepts({"Text/Event-Stream;charset=utf-8"}));
  EXPECT_TRUE(Accepts({"application/json, text/event-stream;q=0.1"}));
  EXPECT_TRUE(Accepts({"application/json", "*/* ; Q=0.001"}));
}

TEST(AcceptField, Row57OnlyOtherTypes) {
  EXPECT_FALSE(Accepts({"application/json"}));
  EXPECT_FALSE(Accepts({"text/html, application/*"}));
  EXPECT_FALSE(Accepts({"text/event-streams"}));
  EXPECT_FALSE(Accepts({"event-stream"}));
  EXPECT_FALSE(Accepts({"*"}));
}

TEST(AcceptField, TheMostSpecificRangeDecides) {
  EXPECT_FALSE(Accepts({"text/event-stream;q=0, */*"}));
  EXPECT_FALSE(Accepts({"*/*", "text/event-stream; q=0.000"}));
  EXPECT_FALSE(Accepts({"text/*;q=0, */*;q=1"}));
  EXPECT_TRUE(Accepts({"*/*;q=0, text/*"}));
  EXPECT_TRUE(Accepts({"text/*;q=0, text/event-stream"}));
  EXPECT_FALSE(Accepts({"*/*;q=0"}));
}

TEST(AcceptField, SeparatorsInsideQuotesDoNotCount) {
  EXPECT_FALSE(Accepts({"application/json;a=\"x, text/event-stream\""}));
  EXPECT_FALSE(Accepts({"application/json;a=\"\\\", */*\""}));
  EXPECT_TRUE(Accepts({"text/event-stream;a=\";q=0\""}));
}

}  // namespace
}  // namespace ringcast
