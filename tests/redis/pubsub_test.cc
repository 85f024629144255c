// Messages of Redis channels become events.
#include "redis/redis_test.h"

namespace ringcast::test {
namespace {

using RedisPubsubTest = RedisTest;

TEST_F(RedisPubsubTest, MessagesOfAPatternAndOfANameBecomeEvents) {
  StartWithRules(
      "[[redis.pubsub]]\nsubscribe = \"user:*\"\nchannel = [\"user/{1}\", \"users\"]\n"
      "[[redis.pubsub]]\nsubscribe = \"news\"\nchannel = \"{0}\"\nevent = \"headline\"\n");
  Stream user = Follow("/events/user/7");
  Stream both = Follow("/events?channel=users&channel=news");
  redis().Command({"PUBLISH", "user:7", "one\ntwo"});
  redis().Command({"PUBLISH", "other", "not for anybody"});
  redis().Command({"PUBLISH", "news", "today"});
  redis().Command({"PUBLISH", "user:8", "three"});

  const SseEvent first = user.Next();
  EXPECT_EQ(first.type, "message");
  EXPECT_EQ(first.data, "one\ntwo");
  EXPECT_EQ(both.Next().data, "one\ntwo");
  const SseEvent news = both.Next();
  EXPECT_EQ(news.type, "headline");
  EXPECT_EQ(news.data, "today");
  EXPECT_EQ(both.Next().data, "three");
  ExpectQuiet(user, 300ms);
  // Counted when it is acknowledged.
  EXPECT_TRUE(Eventually(
      [&] { return SourceMetric("ringcast_redis_events_total", "kind=\"pubsub\"") == "5"; }));
}

TEST_F(RedisPubsubTest, TypeAndDataComeFromJson) {
  StartWithRules(
      "[[redis.pubsub]]\nsubscribe = \"app\"\nchannel = \"room:{field.room}\"\n"
      "event-field = \"type\"\ndata-field = \"payload\"\n");
  Stream stream = Follow("/events/room:1");
  redis().Command({"PUBLISH", "app", R"({"room":1,"type":"joined","payload":{"who":"Ann"}})"});
  redis().Command({"PUBLISH", "app", R"({"room":"1","type":"said","payload":"hello"})"});
  const SseEvent joined = stream.Next();
  EXPECT_EQ(joined.type, "joined");
  EXPECT_EQ(joined.data, R"({"who":"Ann"})");
  const SseEvent said = stream.Next();
  EXPECT_EQ(said.type, "said");
  EXPECT_EQ(said.data, "hello");
}

TEST_F(RedisPubsubTest, WhatIsNoEventIsCountedAndTheNextOnesCome) {
  StartWithRules(
      "[[redis.pubsub]]\nsubscribe = \"app\"\nchannel = \"room:{field.room}\"\n"
      "event-field = \"type\"\ndata-field = \"payload\"\n"
      "[[redis.pubsub]]\nsubscribe = \"raw:*\"\nchannel = \"{1}\"\n");
  Stream stream = Follow("/events?channel=room:1&channel=ok");
  redis().Command({"PUBLISH", "app", "no JSON"});
  redis().Command({"PUBLISH", "app", std::string(100'000, '[')});
  redis().Command({"PUBLISH", "app", R"({"room":"with space","type":"a","payload":""})"});
  redis().Command({"PUBLISH", "app", R"({"type":"a","payload":""})"});
  redis().Command({"PUBLISH", "app", R"({"room":"1","payload":""})"});
  redis().Command({"PUBLISH", "app", R"({"room":"1","type":"a\nb","payload":""})"});
  redis().Command({"PUBLISH", "app", R"({"room":"1","type":"a"})"});
  redis().Command({"PUBLISH", "raw:not a name", "x"});
  redis().Command({"PUBLISH", "raw:ok", "\xff"});
  redis().Command({"PUBLISH", "raw:ok", std::string((1 << 20) + 1, 'x')});
  redis().Command({"PUBLISH", "raw:ok", std::string((16 << 20) - 1, 'x')});
  redis().Command({"PUBLISH", "raw:ok", "good"});
  EXPECT_EQ(stream.Next(60s).data, "good");
  EXPECT_EQ(Refused("json"), "2");
  EXPECT_EQ(Refused("channel"), "3");
  EXPECT_EQ(Refused("type"), "2");
  EXPECT_EQ(Refused("data"), "2");
  EXPECT_EQ(Refused("too-large"), "2");
  EXPECT_TRUE(SourceIsUp());
  EXPECT_EQ(SourceMetric("ringcast_redis_reconnects_total"), "0");
}

TEST_F(RedisPubsubTest, WhatWasMissedIsToldToWhoIsThereAndToWhoComesBack) {
  StartWithRules("[[redis.pubsub]]\nsubscribe = \"user:*\"\nchannel = \"user:{1}\"\n");
  Stream fed = Follow("/events/user:1");
  Stream never_fed = Follow("/events/user:2");
  Stream other = Follow("/events/other");
  redis().Command({"PUBLISH", "user:1", "before"});
  EXPECT_EQ(fed.Next().data, "before");
  // These two leave: one whose channel keeps an event, and one of whose channel nothing is left.
  std::string kept_id;
  std::string gone_id;
  {
    Stream kept = Follow("/events/user:3");
    redis().Command({"PUBLISH", "user:3", "kept"});
    kept_id = kept.Next().id;
    Stream gone = Follow("/events/user:4");
    gone_id = gone.connected.id;
  }
  ASSERT_TRUE(Eventually([&] { return Streams() == 3; }));

  redis().Kill();
  AwaitSource(false);
  Publish("other", "local publishing goes on");
  EXPECT_EQ(other.Next().data, "local publishing goes on");
  redis().Start();
  AwaitSource();
  ExpectSourceGap(fed, "user:1");
  ExpectSourceGap(never_fed, "user:2");
  redis().Command({"PUBLISH", "user:1", "after"});
  EXPECT_EQ(fed.Next().data, "after");
  ExpectQuiet(other, 300ms);

  Stream kept = Follow("/events/user:3", kept_id);
  ExpectSourceGap(kept, "user:3");
  Stream gone = Follow("/events/user:4", gone_id);
  EXPECT_EQ(gone.start(), "gap");
  EXPECT_EQ(gone.Next().type, "gap");
  // Who comes new, or has been told, has missed nothing.
  EXPECT_EQ(Follow("/events/user:5").start(), "live");
  redis().Command({"PUBLISH", "user:2", "fresh"});
  Stream told = Follow("/events/user:2", never_fed.Next().id);
  EXPECT_EQ(told.start(), "resumed");
  EXPECT_EQ(SourceMetric("ringcast_redis_reconnects_total"), "1");
}

TEST_F(RedisPubsubTest, OrderIsKept) {
  StartWithRules("[[redis.pubsub]]\nsubscribe = \"n\"\nchannel = \"n\"\n");
  Stream stream = Follow("/events/n");
  for (int i = 0; i < 3000; ++i) redis().Command({"PUBLISH", "n", std::to_string(i)});
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(stream.Next(30s).data, std::to_string(i));
}

}  // namespace
}  // namespace ringcast::test
