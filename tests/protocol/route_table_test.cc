#include "protocol/route_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

Route At(std::string_view path) {
  Route route;
  route.path = *RoutePattern::Parse(path);
  route.channels.push_back(*ChannelTemplate::Parse("c"));
  return route;
}

RouteTable Table(const std::vector<std::string>& paths) {
  std::vector<Route> routes;
  for (const std::string& path : paths) routes.push_back(At(path));
  return RouteTable({}, std::move(routes));
}

RequestHead HeadOf(const std::string& target, const std::string& last_event_id = {}) {
  RequestHead head;
  head.target = target;
  const std::size_t mark = target.find('?');
  head.path_size = std::min(mark, target.size());
  head.query_begin = mark == std::string::npos ? target.size() : mark + 1;
  head.query_size = target.size() - head.query_begin;
  head.has_last_event_id = !last_event_id.empty();
  head.last_event_id = last_event_id;
  return head;
}

// The pattern that is asked for and its variables, or what else the request is.
std::string Matched(const RouteTable& table, const std::string& target) {
  const RequestHead head = HeadOf(target);
  const RouteMatch match = table.Match(head, 64);
  if (match.target.kind == RouteKind::kNotFound) return "not found";
  if (match.target.kind == RouteKind::kHealth) return "health";
  if (match.target.kind == RouteKind::kBadRequest) return "bad: " + std::string(match.target.error);
  if (match.route == &table.events()) return "events";
  std::string text = match.route->path.text();
  for (const auto& [name, value] : match.variables) text += " " + name + "=" + value;
  return text;
}

TEST(RouteTable, GivesTheRouteAndItsVariables) {
  const RouteTable table = Table({"/api/session/{id}/events", "/api/jobs/{id}/stream",
                                  "/api/users/{user}/jobs/{id}", "/news"});
  EXPECT_EQ(Matched(table, "/api/session/42/events"), "/api/session/{id}/events id=42");
  EXPECT_EQ(Matched(table, "/api/jobs/a.b/stream?token=x&channel=y"),
            "/api/jobs/{id}/stream id=a.b");
  EXPECT_EQ(Matched(table, "/api/users/u/jobs/j"), "/api/users/{user}/jobs/{id} user=u id=j");
  EXPECT_EQ(Matched(table, "/news"), "/news");
  for (const char* target :
       {"/", "/api", "/api/session/42", "/api/session/42/events/", "/api/session/42/events/x",
        "/api/session//events/x", "/News", "/news/", "/api/session/42/EVENTS", "/newsx"}) {
    const std::string found = Matched(table, target);
    EXPECT_TRUE(found == "not found" || found.starts_with("bad: ")) << target << ": " << found;
  }
}

TEST(RouteTable, BuiltInPathsStayWhatTheyAre) {
  const RouteTable table = Table({"/{x}", "/api/{x}"});
  EXPECT_EQ(Matched(table, "/events/a"), "events");
  EXPECT_EQ(Matched(table, "/events?channel=a"), "events");
  EXPECT_EQ(Matched(table, "/health"), "health");
  EXPECT_EQ(Matched(table, "/events"), "bad: No channel is named.");
  EXPECT_EQ(Matched(table, "/other"), "/{x} x=other");
}

TEST(RouteTable, TheMoreSpecificRouteWins) {
  const RouteTable table =
      Table({"/jobs/{id}", "/jobs/latest", "/a/{x}/c", "/a/b/d", "/a/{x}/{y}"});
  EXPECT_EQ(Matched(table, "/jobs/latest"), "/jobs/latest");
  EXPECT_EQ(Matched(table, "/jobs/%6catest"), "/jobs/latest") << "an escape is no other path";
  EXPECT_EQ(Matched(table, "/jobs/latest2"), "/jobs/{id} id=latest2");
  EXPECT_EQ(Matched(table, "/a/b/c"), "/a/{x}/c x=b") << "the fixed b leads nowhere else";
  EXPECT_EQ(Matched(table, "/a/b/d"), "/a/b/d");
  EXPECT_EQ(Matched(table, "/a/b/e"), "/a/{x}/{y} x=b y=e");
}

TEST(RouteTable, ValuesAreDecodedExactlyOnce) {
  const RouteTable table = Table({"/s/{id}"});
  EXPECT_EQ(Matched(table, "/s/a%2Db%7e"), "/s/{id} id=a-b~");
  EXPECT_EQ(Matched(table, "/s/%252e"), "/s/{id} id=%2e");
  EXPECT_EQ(Matched(table, "/s/a+b"), "/s/{id} id=a+b");
  EXPECT_EQ(Matched(table, "/s/a%2fb"), "bad: The path has an encoded slash.");
  EXPECT_EQ(Matched(table, "/s/a%2Fb"), "bad: The path has an encoded slash.");
  EXPECT_EQ(Matched(table, "/s/.."), "bad: The path is malformed.");
}

// The rest of the query is the application's, whatever it holds.
TEST(RouteTable, TheQueryGivesThePositionAndNothingElse) {
  const RouteTable table = Table({"/s/{id}"});
  const auto position = [&table](const std::string& target, const std::string& field = {}) {
    const RequestHead head = HeadOf(target, field);
    const RouteMatch match = table.Match(head, 64);
    EXPECT_EQ(match.target.kind, RouteKind::kEvents) << target;
    EXPECT_TRUE(match.target.channels.empty()) << target;
    return match.target.last_event_id.value_or("none");
  };
  EXPECT_EQ(position("/s/1"), "none");
  EXPECT_EQ(position("/s/1?lastEventId=7-1"), "7-1");
  EXPECT_EQ(position("/s/1?a=b&last_event_id=7%2D1&lastEventId=8-1"), "7-1");
  EXPECT_EQ(position("/s/1?lastEventId=&last_event_id=9-1"), "9-1");
  EXPECT_EQ(position("/s/1?lastEventId=7-1", "6-1"), "6-1") << "the field wins";
  EXPECT_EQ(position("/s/1?channel=x&channel=&=&&%00&lastEventIds=1"), "none");
}

TEST(RouteTable, TellsWhatARouteTakes) {
  Route route = At("/a");
  EXPECT_EQ(route.allow(), "GET, HEAD, OPTIONS");
  EXPECT_TRUE(route.Takes(HttpMethod::kGet));
  EXPECT_TRUE(route.Takes(HttpMethod::kHead));
  EXPECT_FALSE(route.Takes(HttpMethod::kPost));
  EXPECT_FALSE(route.Takes(HttpMethod::kDelete));
  route.post = true;
  EXPECT_EQ(route.allow(), "GET, HEAD, POST, OPTIONS");
  EXPECT_TRUE(route.Takes(HttpMethod::kPost));
  route.get = false;
  EXPECT_EQ(route.allow(), "POST, OPTIONS");
  EXPECT_FALSE(route.Takes(HttpMethod::kHead));
}

// Whether a pattern matches, by comparing segment with segment.
bool Fits(const RoutePattern& pattern, const std::vector<std::string>& segments) {
  if (pattern.segments().size() != segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const RoutePattern::Segment& segment = pattern.segments()[i];
    if (!segment.variable && segment.text != segments[i]) return false;
  }
  return true;
}

TEST(RouteTable, FindsWhatComparingAllFinds) {
  Rng rng(17);
  for (int round = 0; round < 50; ++round) {
    std::vector<RoutePattern> patterns;
    for (int i = 0; i < 60; ++i) {
      std::string text = "/p";
      for (std::uint64_t depth = rng.Below(5); depth > 0; --depth) {
        const std::uint64_t which = rng.Below(4);
        text += which == 3 ? "/{v" + std::to_string(depth) + "}"
                           : "/" + std::string(1, static_cast<char>('a' + which));
      }
      const RoutePattern pattern = *RoutePattern::Parse(text);
      const bool fits =
          std::all_of(patterns.begin(), patterns.end(), [&pattern](const RoutePattern& other) {
            const RoutePattern::Relation relation = pattern.To(other);
            return relation != RoutePattern::Relation::kSame &&
                   relation != RoutePattern::Relation::kConflict;
          });
      if (fits) patterns.push_back(pattern);
    }
    std::vector<std::string> texts;
    for (const RoutePattern& pattern : patterns) texts.push_back(pattern.text());
    const RouteTable table = Table(texts);
    for (int i = 0; i < 200; ++i) {
      std::vector<std::string> segments = {"p"};
      std::string path = "/p";
      for (std::uint64_t depth = rng.Below(5); depth > 0; --depth) {
        segments.emplace_back(1, static_cast<char>('a' + rng.Below(4)));
        path += "/" + segments.back();
      }
      const RoutePattern* best = nullptr;
      for (const RoutePattern& pattern : patterns) {
        if (!Fits(pattern, segments)) continue;
        if (best == nullptr || pattern.To(*best) == RoutePattern::Relation::kMoreSpecific) {
          best = &pattern;
        }
      }
      const RequestHead head = HeadOf(path);
      const RouteMatch match = table.Match(head, 64);
      ASSERT_EQ(match.route != nullptr, best != nullptr) << path;
      if (best == nullptr) continue;
      ASSERT_EQ(match.route->path.text(), best->text()) << path;
    }
  }
}

}  // namespace
}  // namespace ringcast
