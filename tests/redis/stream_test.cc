// Entries of Redis streams become events, each once and in their order.
#include <algorithm>
#include <cstdio>

#include "redis/redis_test.h"

namespace ringcast::test {
namespace {

using RedisStreamTest = RedisTest;

constexpr const char* kOrders =
    "[[redis.stream]]\nkey = \"orders\"\nchannel = [\"order:{field.id}\", \"orders\"]\n"
    "event-field = \"kind\"\n";
constexpr const char* kJobs =
    "[[redis.stream]]\nkey = \"job:*:log\"\nchannel = \"job:{1}\"\ndata-field = \"line\"\n";

TEST_F(RedisStreamTest, AnEntryBecomesAnEventOfEachChannel) {
  StartWithRules(kOrders);
  Stream one = Follow("/events/order:1");
  Stream all = Follow("/events/orders");
  redis().Add("orders", {"id", "1", "kind", "paid", "note", "with \"quotes\""});
  // A channel whose field the entry does not have is left out.
  redis().Add("orders", {"kind", "counted"});
  for (Stream* stream : {&one, &all}) {
    const SseEvent event = stream->Next();
    EXPECT_EQ(event.type, "paid");
    EXPECT_EQ(event.data, R"({"id":"1","kind":"paid","note":"with \"quotes\""})");
  }
  EXPECT_EQ(all.Next().type, "counted");
  // Counted when it is acknowledged.
  EXPECT_TRUE(Eventually(
      [&] { return SourceMetric("ringcast_redis_events_total", "kind=\"stream\"") == "3"; }));
}

TEST_F(RedisStreamTest, ReadingBeginsAtTheEndOrAtTheStart) {
  StartRedis();
  redis().Add("job:1:log", {"line", "old"});
  StartWithRules(kJobs);
  ASSERT_TRUE(Eventually([&] { return SourceMetric("ringcast_redis_streams") == "1"; }));
  Stream stream = Follow("/events/job:1");
  // Its end is asked for in the round after it was found.
  ASSERT_TRUE(Eventually([&] {
    redis().Add("job:1:log", {"line", "new"});
    return SourceMetric("ringcast_redis_events_total", "kind=\"stream\"") != "0";
  }));
  EXPECT_EQ(stream.Next().data, "new");

  Stream start = Follow("/events/everything");
  const std::string other =
      "[[redis.stream]]\nkey = \"job:1:log\"\nchannel = \"everything\"\n"
      "data-field = \"line\"\nfrom = \"start\"\n";
  Reload("[[redis]]\nname = \"other\"\nurl = \"" + redis().tcp_url() + "\"\n" + other);
  EXPECT_EQ(start.Next(30s).data, "old");
  EXPECT_EQ(start.Next().data, "new");
}

TEST_F(RedisStreamTest, KeysThatComeIntoBeingAreFoundAndReadFromTheirStart) {
  StartWithRules(kJobs);
  Stream stream = Follow("/events?channel=job:1&channel=job:2");
  redis().Add("job:1:log", {"line", "a"});
  redis().Add("job:1:log", {"line", "b"});
  EXPECT_EQ(stream.Next(30s).data, "a");
  EXPECT_EQ(stream.Next().data, "b");
  redis().Add("job:2:log", {"line", "c"});
  EXPECT_EQ(stream.Next(30s).data, "c");
  EXPECT_EQ(SourceMetric("ringcast_redis_streams"), "2");
  redis().Command({"DEL", "job:1:log"});
  EXPECT_TRUE(Eventually([&] { return SourceMetric("ringcast_redis_streams") == "1"; }, 30s));
}

TEST_F(RedisStreamTest, AKeyOfAnotherTypeIsSaidAndReadOnceItIsAStream) {
  StartRedis();
  redis().Command({"SET", "orders", "a text"});
  redis().Command({"SET", "job:1:log", "a text"});
  redis().Add("job:2:log", {"line", "old"});
  StartWithRules(std::string(kOrders) + kJobs);
  Stream stream = Follow("/events?channel=orders&channel=job:2");
  ASSERT_TRUE(Eventually([&] { return SourceMetric("ringcast_redis_streams") == "1"; }));
  ASSERT_TRUE(Eventually([&] {
    return server().log().find("redis key is no stream source=main") != std::string::npos;
  }));
  ASSERT_TRUE(Eventually([&] {
    redis().Add("job:2:log", {"line", "good"});
    return SourceMetric("ringcast_redis_events_total", "kind=\"stream\"") != "0";
  }));
  EXPECT_EQ(stream.Next().data, "good");
  EXPECT_TRUE(SourceIsUp());
  redis().Command({"DEL", "orders"});
  redis().Add("orders", {"kind", "x"});
  ASSERT_TRUE(Eventually([&] { return Must(stream.client.NextEvent(30s)).type == "x"; }));
  // And the other way round: it becomes something else while it is read.
  redis().Command({"DEL", "orders"});
  redis().Command({"SET", "orders", "a text"});
  ASSERT_TRUE(Eventually([&] { return SourceMetric("ringcast_redis_streams") == "1"; }, 30s));
  EXPECT_TRUE(SourceIsUp());
}

TEST_F(RedisStreamTest, NothingIsLostOrRepeatedWhenRedisIsAway) {
  StartRedis({"--appendonly", "yes", "--appendfsync", "always"});
  StartWithRules(kOrders);
  Stream stream = Follow("/events/orders");
  redis().Add("orders", {"kind", "one"});
  EXPECT_EQ(stream.Next().type, "one");
  redis().Kill();
  AwaitSource(false);
  redis().Start();
  redis().Add("orders", {"kind", "two"});
  EXPECT_EQ(stream.Next(30s).type, "two");
  redis().Add("orders", {"kind", "three"});
  EXPECT_EQ(stream.Next().type, "three");
  EXPECT_EQ(SourceMetric("ringcast_redis_events_total", "kind=\"gap\""), "0");
}

TEST_F(RedisStreamTest, WhatIsTrimmedBeforeItIsReadIsTold) {
  StartWithRules(kOrders);
  Stream all = Follow("/events/orders");
  Stream one = Follow("/events/order:1");
  Stream other = Follow("/events/unconcerned");
  redis().Add("orders", {"kind", "first", "id", "1"});
  EXPECT_EQ(all.Next().type, "first");
  EXPECT_EQ(one.Next().type, "first");
  // Within one transaction nobody can read what is trimmed at its end.
  redis().Command({"MULTI"});
  for (int i = 0; i < 5; ++i) redis().Add("orders", {"kind", std::to_string(i)});
  redis().Command({"XTRIM", "orders", "MAXLEN", "2"});
  redis().Command({"EXEC"});
  // It is told with the next question for how much has been added, which comes before or behind
  // what is left.
  std::vector<std::string> types;
  for (int i = 0; i < 3; ++i) types.push_back(all.Next(30s).type);
  EXPECT_EQ(std::count(types.begin(), types.end(), "gap"), 1);
  EXPECT_EQ(std::count(types.begin(), types.end(), "3"), 1);
  EXPECT_EQ(std::count(types.begin(), types.end(), "4"), 1);
  ExpectSourceGap(one, "order:1");
  ExpectQuiet(other, 300ms);
  // Trimming what has been read is no loss.
  for (int i = 10; i < 20; ++i) {
    redis().Command({"XADD", "orders", "MAXLEN", "1", "*", "kind", std::to_string(i)});
    ASSERT_EQ(all.Next().type, std::to_string(i));
  }
  redis().Command({"XTRIM", "orders", "MAXLEN", "0"});
  redis().Command({"CLIENT", "KILL", "TYPE", "normal"});
  redis().Add("orders", {"kind", "last"});
  EXPECT_EQ(all.Next(30s).type, "last");
  ExpectQuiet(all, 500ms);
}

TEST_F(RedisStreamTest, WhatIsTrimmedWhileTheDaemonIsAwayIsToldBeforeWhatIsLeft) {
  StartWithRules(kOrders);
  redis().Add("orders", {"kind", "read"});
  ASSERT_TRUE(Eventually(
      [&] { return SourceMetric("ringcast_redis_events_total", "kind=\"stream\"") == "1"; }));
  Must(server().Stop());
  for (int i = 0; i < 5; ++i) redis().Add("orders", {"kind", std::to_string(i)});
  redis().Command({"XTRIM", "orders", "MAXLEN", "2"});
  redis().Pause();
  Must(server().Restart());
  Stream all = Follow("/events/orders");
  redis().Continue();
  ExpectSourceGap(all, "orders");
  EXPECT_EQ(all.Next().type, "3");
  EXPECT_EQ(all.Next().type, "4");
}

TEST_F(RedisStreamTest, ARestartOfTheDaemonGoesOnWhereItWas) {
  StartWithRules(kOrders);
  redis().Add("orders", {"kind", "one"});
  ASSERT_TRUE(Eventually(
      [&] { return SourceMetric("ringcast_redis_events_total", "kind=\"stream\"") == "1"; }));
  Must(server().Stop());
  redis().Add("orders", {"kind", "two"});
  redis().Pause();
  Must(server().Restart());
  Stream stream = Follow("/events/orders");
  redis().Continue();
  EXPECT_EQ(stream.Next(30s).type, "two");
  redis().Add("orders", {"kind", "three"});
  EXPECT_EQ(stream.Next().type, "three");
}

TEST_F(RedisStreamTest, APositionFileThatIsNoneIsSaidAndTheRestGoesOn) {
  StartRedis();
  TempDir directory;
  const std::string file = directory.Write("broken", "ringcast redis positions 1\nstream x\n");
  StartWith("[[redis]]\nname = \"main\"\nurl = \"" + redis().unix_url() + "\"\nposition-file = \"" +
            file + "\"\n" + kOrders +
            "[[redis.pubsub]]\nsubscribe = \"news\"\nchannel = \"news\"\n");
  ASSERT_TRUE(Eventually([&] {
    return server().log().find(file + ": line 2 is no position; move the file away") !=
           std::string::npos;
  }));
  EXPECT_FALSE(SourceIsUp());
  Stream stream = Follow("/events/news");
  ASSERT_TRUE(Eventually([&] { return redis().Command({"PUBLISH", "news", "x"}) == "1"; }));
  std::string type = "gap";  // the subscription may have begun while it was followed
  while (type == "gap") type = stream.Next().type;
  EXPECT_EQ(type, "message");
  std::remove(file.c_str());
  AwaitSource();
}

TEST_F(RedisStreamTest, EntriesThatAreTooLargeAreLeftOutAndTheNextOnesCome) {
  StartWithRules(kOrders);
  Stream stream = Follow("/events/orders");
  const std::string big((1 << 20) + 1, 'x');
  const std::string huge(std::size_t{40} << 20, 'x');  // more than is ever read
  redis().Add("orders", {"kind", "one"});
  redis().Add("orders", {"kind", "big", "data", big});
  redis().Add("orders", {"kind", "two"});
  redis().Add("orders", {"kind", "huge", "data", huge});
  redis().Add("orders", {"kind", "three"});
  for (const char* type : {"one", "two", "three"}) ASSERT_EQ(stream.Next(60s).type, type);
  EXPECT_EQ(Refused("too-large"), "2");
  redis().Add("orders", {"kind", "four"});
  EXPECT_EQ(stream.Next(30s).type, "four");
  AwaitSource();
}

TEST_F(RedisStreamTest, AnAnswerLargerThanTheRoomForItIsReadInParts) {
  StartRedis();
  const std::string large(900'000, 'x');
  StartWithRules(kOrders);
  Stream stream = Follow("/events/orders");
  redis().Command({"MULTI"});
  for (int i = 0; i < 60; ++i) redis().Add("orders", {"kind", std::to_string(i), "data", large});
  redis().Command({"EXEC"});
  for (int i = 0; i < 60; ++i) ASSERT_EQ(stream.Next(60s).type, std::to_string(i));
  EXPECT_EQ(Refused("too-large"), "0");
}

}  // namespace
}  // namespace ringcast::test
