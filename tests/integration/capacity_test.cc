// How many connections a server takes, how they are shared out, and what becomes of the rest.
#include <algorithm>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

using CapacityTest = DaemonTest;

SseRequest RequestFrom(const std::string& source, int minor_version = 1) {
  SseRequest request;
  request.target = "/events/demo";
  request.connect.source = source;
  request.minor_version = minor_version;
  return request;
}

SseClient TurnedAway(std::uint16_t port, const SseRequest& request) {
  SseClient client = Must(SseClient::Open(port, request, kPatience));
  EXPECT_EQ(client.head().status, 200) << "browsers give up for good on 429 and 503";
  EXPECT_EQ(client.head().header("Content-Type"), "text/event-stream");
  const SseEvent event = Must(client.NextEvent(kPatience));
  EXPECT_EQ(event.type, "overload");
  EXPECT_FALSE(event.has_id) << "its client's position does not move";
  EXPECT_TRUE(event.retry.has_value());
  EXPECT_EQ(Json::Parse(event.data)["retry"].Number(), event.retry);
  EXPECT_EQ(client.WaitForEnd(kPatience),
            request.minor_version == 1 ? StreamEnd::kTruncated : StreamEnd::kComplete);
  return client;
}

TEST_F(CapacityTest, TheNextConnectionIsAskedToComeBackAndTheOldOnesStay) {
  Start({"--max-connections", "6", "--shards", "2", "--retry", "2s"});
  std::vector<Stream> streams;
  for (int i = 0; i < 6; ++i) streams.push_back(Follow("/events/demo"));
  std::vector<std::uint64_t> retries;
  for (int i = 0; i < 8; ++i) {
    retries.push_back(*TurnedAway(server().port(), RequestFrom("", i % 2)).decoder().retry());
    EXPECT_GE(retries.back(), 2000u);
    EXPECT_LE(retries.back(), 3000u);
  }
  std::sort(retries.begin(), retries.end());
  EXPECT_NE(retries.front(), retries.back()) << "they must not come back all at once";
  EXPECT_EQ(Get("/health").status, 200) << "full is not broken";

  const std::string id = Publish("demo", "x");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  EXPECT_TRUE(Eventually([&] { return Closed("overload") >= 8; }));

  streams.erase(streams.begin() + 2);
  EXPECT_TRUE(Eventually([&] { return Connections() <= 5; }));
  Stream newcomer = Follow("/events/demo");
  Publish("demo", "y");
  EXPECT_EQ(newcomer.Next().data, "y");
  TurnedAway(server().port(), RequestFrom(""));
}

TEST_F(CapacityTest, OneAddressHasItsShare) {
  Start({"--max-connections-per-ip", "3", "--shards", "3"});
  std::vector<Stream> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(Follow(RequestFrom("127.0.0.2")));
  for (int i = 0; i < 5; ++i) TurnedAway(server().port(), RequestFrom("127.0.0.2"));
  Stream neighbour = Follow(RequestFrom("127.0.0.3"));
  streams.pop_back();
  EXPECT_TRUE(Eventually([&] { return Connections() == 3; }));
  streams.push_back(Follow(RequestFrom("127.0.0.2")));
  const std::string id = Publish("demo", "x");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  EXPECT_EQ(neighbour.Next().id, id);
}

TEST_F(CapacityTest, ShardsAreBalancedAndConnectionsThatWerePassedOnWork) {
  Start({"--shards", "4"});
  constexpr int kStreams = 400;
  std::vector<Stream> streams;
  for (int i = 0; i < kStreams; ++i) streams.push_back(Follow("/events/demo"));
  const Json shards = Stats()["shards"];
  ASSERT_EQ(shards.size(), 4u);
  std::uint64_t passed_on = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t held = shards[i]["streams"].Number();
    EXPECT_GE(held, 95u) << "shard " << i;
    EXPECT_LE(held, 105u) << "shard " << i;
    passed_on += shards[i]["passed_on"].Number();
  }
  RecordProperty("passed_on", static_cast<int>(passed_on));
  const HttpResponse answer = PublishRequest("POST", "/publish/demo", "x");
  EXPECT_EQ(Json::Parse(answer.body)["subscribers"].Number(), 400u);
  for (Stream& stream : streams) ASSERT_EQ(stream.Next().data, "x");
  streams.clear();
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }, 2s));
  EXPECT_EQ(Stats()["connections"]["closed"]["client"].Number(), 400u);
}

// Over a UNIX listener one shard accepts everything, so three quarters are passed on.
TEST_F(CapacityTest, OneQueueIsSharedOutOverAllShards) {
  const TempDir directory;
  Start({"--listen", "unix:" + directory.File("s"), "--shards", "4"});
  SseRequest request;
  request.target = "/events?channel=a&channel=b";
  request.unix_path = directory.File("s");
  std::vector<Stream> streams;
  for (int i = 0; i < 120; ++i) streams.push_back(Follow(request));
  const Json shards = Stats()["shards"];
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_GE(shards[i]["streams"].Number(), 26u) << "shard " << i;
    EXPECT_LE(shards[i]["streams"].Number(), 34u) << "shard " << i;
  }
  EXPECT_GE(shards[0]["passed_on"].Number(), 80u);
  Publish("b", "1");
  Publish("a", "2");
  for (Stream& stream : streams) {
    ASSERT_EQ(stream.Next().data, "1");
    ASSERT_EQ(stream.Next().data, "2");
  }
}

// Many more than there is room for, and again and again: nothing is lost or left behind.
TEST_F(CapacityTest, FloodOfConnectionsLeavesTheOldOnesAlone) {
  Start({"--max-connections", "20", "--shards", "2"});
  std::vector<Stream> old;
  for (int i = 0; i < 20; ++i) old.push_back(Follow("/events/demo"));
  int answered = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<HttpClient> flood;
    for (int i = 0; i < 150; ++i) {
      flood.push_back(Send("GET /events/demo HTTP/1.1\r\nHost: h\r\n\r\n"));
    }
    const std::string id = Publish("demo", "x");
    for (Stream& stream : old) ASSERT_EQ(stream.Next().id, id);
    // More at once than there are spare slots: some are closed without an answer, none is served.
    for (HttpClient& client : flood) {
      const std::string answer = Must(client.ReadAll(kPatience));
      ASSERT_EQ(answer.find("event: connected"), std::string::npos) << answer;
      if (answer.find("event: overload") != std::string::npos) ++answered;
    }
  }
  EXPECT_GE(answered, 3 * 64) << "as many as one shard has spare slots for";
  EXPECT_TRUE(Eventually([&] { return Connections() == 20; }));
}

}  // namespace
}  // namespace ringcast::test
