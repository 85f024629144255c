#include "protocol/route_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

using Relation = RoutePattern::Relation;

RoutePattern Pattern(std::string_view text) {
  const Result<RoutePattern> parsed = RoutePattern::Parse(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.error().message;
  return *parsed;
}

std::string ErrorOf(std::string_view text) {
  const Result<RoutePattern> parsed = RoutePattern::Parse(text);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

TEST(RoutePattern, SegmentsAreFixedOrVariables) {
  const RoutePattern pattern = Pattern("/api/v1.0/session/{id}/events;x=@:!$&'()*+,~_-");
  ASSERT_EQ(pattern.segments().size(), 5u);
  EXPECT_FALSE(pattern.segments()[1].variable);
  EXPECT_EQ(pattern.segments()[1].text, "v1.0");
  EXPECT_TRUE(pattern.segments()[3].variable);
  EXPECT_EQ(pattern.segments()[3].text, "id");
  EXPECT_TRUE(pattern.HasVariable("id"));
  EXPECT_FALSE(pattern.HasVariable("session"));
}

TEST(RoutePattern, EachMistakeHasItsRemedy) {
  EXPECT_NE(ErrorOf("").find("does not begin with a slash"), std::string::npos);
  EXPECT_NE(ErrorOf("api/x").find("does not begin with a slash"), std::string::npos);
  EXPECT_NE(ErrorOf("https://example.org/x").find("does not begin with a slash"),
            std::string::npos);
  for (const char* text : {"/", "/a/", "//a", "/a//b"}) {
    EXPECT_NE(ErrorOf(text).find("empty segment"), std::string::npos) << text;
  }
  for (const char* text : {"/.", "/a/../b"}) {
    EXPECT_NE(ErrorOf(text).find("segment . or .."), std::string::npos) << text;
  }
  for (const char* text : {"/a b", "/a?x=1", "/a#x", "/%61", "/caf\xc3\xa9", "/a\\b", "/a\n"}) {
    EXPECT_NE(ErrorOf(text).find("has a byte that no fixed segment may have"), std::string::npos)
        << text;
  }
  for (const char* text : {"/x{id}", "/{id}.json", "/{a}{b}", "/{id", "/id}", "/{{id}}"}) {
    EXPECT_NE(ErrorOf(text).find("has a brace within a segment"), std::string::npos) << text;
  }
  for (const char* text : {"/{}", "/{1a}", "/{a-b}", "/{a b}"}) {
    EXPECT_NE(ErrorOf(text).find("variable without a proper name"), std::string::npos) << text;
  }
  EXPECT_EQ(ErrorOf("/{id}/x/{id}"), "names {id} twice; give each variable a name of its own");
  std::string deep;
  for (std::size_t i = 0; i <= RoutePattern::kMaxSegments; ++i) deep += "/a";
  EXPECT_EQ(ErrorOf(deep), "has more than 32 segments");
}

TEST(RoutePattern, RelatesByThePathsThatMatch) {
  struct Case {
    const char* left;
    const char* right;
    Relation relation;
    Relation reverse;
  };
  for (const Case& one : std::initializer_list<Case>{
           {"/a", "/b", Relation::kApart, Relation::kApart},
           {"/a", "/a/b", Relation::kApart, Relation::kApart},
           {"/a", "/a", Relation::kSame, Relation::kSame},
           {"/{x}", "/{y}", Relation::kSame, Relation::kSame},
           {"/jobs/latest", "/jobs/{id}", Relation::kMoreSpecific, Relation::kLessSpecific},
           {"/jobs/{id}/log", "/jobs/latest/{part}", Relation::kConflict, Relation::kConflict},
           {"/a/{x}/c", "/b/{x}/c", Relation::kApart, Relation::kApart},
           {"/{x}/b/{y}", "/a/{x}/c", Relation::kConflict, Relation::kConflict},
           {"/{x}/{y}", "/a/b", Relation::kLessSpecific, Relation::kMoreSpecific}}) {
    EXPECT_EQ(Pattern(one.left).To(Pattern(one.right)), one.relation)
        << one.left << " to " << one.right;
    EXPECT_EQ(Pattern(one.right).To(Pattern(one.left)), one.reverse)
        << one.right << " to " << one.left;
  }
}

TEST(RoutePattern, RelatesToEverythingBelowASegment) {
  EXPECT_EQ(Pattern("/events").ToTree("events"), Relation::kMoreSpecific);
  EXPECT_EQ(Pattern("/events/{x}").ToTree("events"), Relation::kMoreSpecific);
  EXPECT_EQ(Pattern("/eventsource").ToTree("events"), Relation::kApart);
  EXPECT_EQ(Pattern("/api/events").ToTree("events"), Relation::kApart);
  EXPECT_EQ(Pattern("/{x}").ToTree("events"), Relation::kLessSpecific);
  EXPECT_EQ(Pattern("/{x}/stream").ToTree("events"), Relation::kConflict);
}

}  // namespace
}  // namespace ringcast
