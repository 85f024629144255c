#include "protocol/subscribe_target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/channel_name.h"
#include "protocol/request_target.h"

namespace ringcast {
namespace {

using Names = std::vector<std::string>;

SubscribeTarget Parse(const std::string& target, const std::string& last_event_id = "") {
  RequestHead head;
  head.method = target == "*" ? HttpMethod::kOptions : HttpMethod::kGet;
  head.target = target;
  head.last_event_id = last_event_id;
  head.has_last_event_id = !last_event_id.empty();
  EXPECT_TRUE(SplitTarget(head)) << target;
  return ParseSubscribeTarget(head);
}

void ExpectRefused(const std::string& target) {
  const SubscribeTarget parsed = Parse(target);
  EXPECT_EQ(parsed.kind, RouteKind::kBadRequest) << target;
  EXPECT_FALSE(parsed.error.empty()) << target;
  EXPECT_TRUE(parsed.channels.empty()) << target;
}

TEST(SubscribeTarget, OneChannelInThePath) {
  const SubscribeTarget parsed = Parse("/events/news");
  EXPECT_EQ(parsed.kind, RouteKind::kEvents);
  EXPECT_EQ(parsed.channels, Names{"news"});
  EXPECT_EQ(parsed.last_event_id, std::nullopt);
  EXPECT_EQ(Parse("/events/a/b/c").channels, Names{"a/b/c"});
  EXPECT_EQ(Parse("/events/a%3Ab+c").channels, Names{"a:b+c"});
  EXPECT_EQ(Parse("http://h/events/news").channels, Names{"news"});
}

TEST(SubscribeTarget, ManyChannelsInTheQuery) {
  EXPECT_EQ(Parse("/events?channel=a&channel=b").channels, (Names{"a", "b"}));
  EXPECT_EQ(Parse("/events?x=|&channel=a%2Fb&&y&channel=c+d&").channels, (Names{"a/b", "c+d"}));
  EXPECT_EQ(Parse("/events?ch%61nnel=a").channels, Names{"a"});
  EXPECT_EQ(Parse("/events/a?channel=b&channel=a&channel=b").channels, (Names{"a", "b"}));
  ExpectRefused("/events");
  ExpectRefused("/events?");
  ExpectRefused("/events?Channel=a");
  ExpectRefused("/events?channel");
  ExpectRefused("/events/a?channel=");
}

TEST(SubscribeTarget, OtherRoutes) {
  EXPECT_EQ(Parse("/health").kind, RouteKind::kHealth);
  EXPECT_EQ(Parse("/health?x=1").kind, RouteKind::kHealth);
  EXPECT_EQ(Parse("*").kind, RouteKind::kServerOptions);
  for (const char* target :
       {"/", "/healthy", "/health/", "/event/a", "/eventsx", "/eventsx/a", "/Events/a", "/metrics",
        "/publish/a", "/%65vents/a", "/events%2fa", "/a/"}) {
    EXPECT_EQ(Parse(target).kind, RouteKind::kNotFound) << target;
  }
}

TEST(SubscribeTarget, TheResumeIdOfTheHeaderWins) {
  EXPECT_EQ(Parse("/events/a", "5-1").last_event_id, "5-1");
  EXPECT_EQ(Parse("/events/a?lastEventId=6-1").last_event_id, "6-1");
  EXPECT_EQ(Parse("/events/a?last_event_id=6%2D1").last_event_id, "6-1");
  EXPECT_EQ(Parse("/events/a?lastEventId=6-1", "5-1").last_event_id, "5-1");
  EXPECT_EQ(Parse("/events/a?lastEventId=&last_event_id=7-1&lastEventId=8-1").last_event_id, "7-1");
  EXPECT_EQ(Parse("/events/a?lastEventId=").last_event_id, std::nullopt);
}

TEST(SubscribeTarget, Row23BrokenEscapes) {
  for (const char* bad : {"%", "%1", "%zz"}) {
    ExpectRefused(std::string("/events/") + bad);
    ExpectRefused(std::string("/events?channel=") + bad);
    ExpectRefused(std::string("/events/a?lastEventId=") + bad);
    ExpectRefused(std::string("/events/a?") + bad + "=x");
  }
}

TEST(SubscribeTarget, Row24EncodedBytesThatNamesCannotHold) {
  for (const char* bad :
       {"%00", "%0d%0a", "%0D", "%0A", "%5c", "%5C", "%20", "%25", "%3f", "%23"}) {
    ExpectRefused(std::string("/events/a") + bad + "b");
    ExpectRefused(std::string("/events?channel=a") + bad + "b");
  }
  ExpectRefused("/events/a%2fb");
  ExpectRefused("/events/a%2Fb");
}

TEST(SubscribeTarget, Row25NothingIsDecodedTwice) {
  ExpectRefused("/events/%252e%252e");
  ExpectRefused("/events/a%2541");
  ExpectRefused("/events?channel=%2541");
}

TEST(SubscribeTarget, Row26NamesNeverLookLikeFilePaths) {
  for (const char* target : {"/events/..",
                             "/events/.",
                             "/events/a/../b",
                             "/events/../health",
                             "/events/./a",
                             "/../etc",
                             "/./events/a",
                             "//events/a",
                             "/events//a",
                             "/events/a//b",
                             "/events/a/",
                             "/events/",
                             "/events/a\\b",
                             "/\\etc",
                             "/events/%2e%2e",
                             "/events/%2e",
                             "/events/%c0%ae",
                             "/events?channel=..",
                             "/events?channel=a/../b",
                             "/events?channel=/a",
                             "/events?channel=%2Fa",
                             "/events?channel=a%2F%2Fb"}) {
    ExpectRefused(target);
  }
}

TEST(SubscribeTarget, Row27LengthOfAName) {
  for (const std::size_t size : {std::size_t{1}, kMaxChannelNameSize}) {
    const std::string name(size, 'a');
    EXPECT_EQ(Parse("/events/" + name).channels, Names{name});
    EXPECT_EQ(Parse("/events?channel=" + name).channels, Names{name});
  }
  for (const std::size_t size : {std::size_t{0}, kMaxChannelNameSize + 1}) {
    ExpectRefused("/events/" + std::string(size, 'a'));
    ExpectRefused("/events?channel=" + std::string(size, 'a'));
  }
}

TEST(SubscribeTarget, Row28NumberOfChannels) {
  const auto many = [](std::size_t count) {
    std::string target = "/events?";
    for (std::size_t i = 0; i < count; ++i) target += "channel=c" + std::to_string(i) + "&";
    return target;
  };
  EXPECT_EQ(Parse(many(kMaxChannelsPerSubscribe)).channels.size(), kMaxChannelsPerSubscribe);
  for (const std::size_t count : {kMaxChannelsPerSubscribe + 1, std::size_t{254}, std::size_t{255},
                                  std::size_t{256}, std::size_t{10000}}) {
    ExpectRefused(many(count));
  }
  // The same name again takes no place.
  EXPECT_EQ(Parse(many(kMaxChannelsPerSubscribe) + "channel=c0").channels.size(),
            kMaxChannelsPerSubscribe);
}

}  // namespace
}  // namespace ringcast
