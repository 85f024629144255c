// SIGHUP and the sources: those that have not changed stay connected, the others change over
// without losing an entry.
#include "redis/redis_test.h"

namespace ringcast::test {
namespace {

using ReloadSourceTest = RedisTest;

constexpr const char* kOrders =
    "[[redis.stream]]\nkey = \"orders\"\nchannel = \"orders\"\nevent-field = \"kind\"\n";
constexpr const char* kNews = "[[redis.pubsub]]\nsubscribe = \"news\"\nchannel = \"news\"\n";

TEST_F(ReloadSourceTest, ASourceThatHasNotChangedStaysConnected) {
  StartWithRules(kOrders);
  const auto clients = [&] {
    const std::string list = redis().Command({"CLIENT", "LIST", "TYPE", "normal"});
    return list.substr(0, list.find(" addr"));  // the first one's number
  };
  redis().Command({"CLIENT", "SETNAME", "test"});
  const std::string connected = SourceMetric("ringcast_redis_reconnects_total");
  const std::string before = clients();
  EXPECT_NE(Reload(ConfigText(kOrders) + "[[route]]\npath = \"/x\"\nchannels = [\"orders\"]\n")
                .find("reloaded: "),
            std::string::npos);
  EXPECT_TRUE(SourceIsUp());
  EXPECT_EQ(clients(), before);
  EXPECT_EQ(SourceMetric("ringcast_redis_reconnects_total"), connected);
}

TEST_F(ReloadSourceTest, RulesChangeAndStreamsGoOnWhereTheyWere) {
  StartWithRules(kOrders);
  Stream orders = Follow("/events?channel=orders&channel=changed");
  redis().Add("orders", {"kind", "one"});
  EXPECT_EQ(orders.Next().type, "one");
  redis().Pause();
  const std::string changed =
      "[[redis.stream]]\nkey = \"orders\"\nchannel = \"changed\"\nevent-field = \"kind\"\n";
  EXPECT_NE(Reload(ConfigText(changed)).find("redis changed"), std::string::npos);
  redis().Continue();
  redis().Add("orders", {"kind", "two"});
  EXPECT_EQ(orders.Next(30s).type, "two");
  redis().Add("orders", {"kind", "three"});
  EXPECT_EQ(orders.Next(30s).type, "three");
}

TEST_F(ReloadSourceTest, SourcesComeAndGo) {
  StartRedis();
  StartWith("");
  Stream news = Follow("/events/news");
  EXPECT_NE(Reload(ConfigText(kNews)).find("redis 0 tables -> 1 table"), std::string::npos);
  AwaitSource();
  // Whoever was there before cannot know what there was.
  ExpectSourceGap(news, "news");
  redis().Command({"PUBLISH", "news", "x"});
  EXPECT_EQ(news.Next().data, "x");
  Reload("");
  EXPECT_EQ(SourceMetric("ringcast_redis_up"), "none");
  EXPECT_TRUE(Eventually([&] { return redis().Command({"PUBLISH", "news", "x"}) == "0"; }));
  ExpectQuiet(news, 300ms);
}

TEST_F(ReloadSourceTest, AMistakeChangesNothing) {
  StartWithRules(kOrders);
  Reload(ConfigText(kOrders) + "[[redis.stream]]\nkey = \"x\"\nchannel = \"x:{1}\"\n");
  const char* const told = "redis.stream.channel: \"x:{1}\" has {1}, but the pattern has 0 stars";
  EXPECT_TRUE(LogSays(told));
  EXPECT_TRUE(SourceIsUp());
  Stream orders = Follow("/events/orders");
  redis().Add("orders", {"kind", "one"});
  EXPECT_EQ(orders.Next().type, "one");
}

}  // namespace
}  // namespace ringcast::test
