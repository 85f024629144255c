// A shard from accept to close: requests, subscribing, live delivery.
#include "shard/shard.h"

#include <string>
#include <vector>

#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;
using Strings = std::vector<std::string>;

class ShardTest : public test::ShardFixture {};

TEST_F(ShardTest, ASubscriberGetsItsHeadTheFirstEventAndWhatIsPublished) {
  Start();
  auto client = Subscribe("/events/news");
  EXPECT_NE(client->head().find("HTTP/1.1 200"), std::string::npos);
  EXPECT_NE(client->head().find("text/event-stream"), std::string::npos);
  ASSERT_EQ(client->Events().size(), 1u);
  EXPECT_EQ(client->Events()[0].data, R"({"start":"live"})");
  EXPECT_EQ(client->Events()[0].id, IdText(directory->newest_id()));
  const EventId id = Publish("news", "hello");
  WaitForMessages(*client, 1);
  EXPECT_EQ(client->Events()[1], (test::NaiveEvent{"message", "hello", IdText(id)}));
  EXPECT_TRUE(client->well_formed());
  EXPECT_EQ(stats().deliveries.Get(), 1u);
  EXPECT_EQ(stats().streams.Get(), 1u);
}

TEST_F(ShardTest, WhoHasNothingToSayRingsNobody) {
  Start();
  auto client = Subscribe("/events/news");
  const std::uint64_t rung = ring->wakes();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(lanes->up.PrepareSleep());
    ring->Advance(Millis(50));
    shard->Tick(Nanos(0));
    lanes->up.FinishSleep();
  }
  EXPECT_EQ(ring->wakes(), rung);
}

// The kernel goes on from the slot that was last given back, upwards.
TEST_F(ShardTest, CrowdsThatComeAndGoUseTheSameSlots) {
  slots = 16 * 1024;
  options.capacity = 15'000;
  Start();
  constexpr std::size_t kCrowd = 600;
  const std::uint64_t before = stats().memory_bytes.Get();
  for (int time = 0; time < 12; ++time) {
    std::vector<std::unique_ptr<StreamClient>> crowd;
    while (crowd.size() < kCrowd) crowd.push_back(Connect());
    EXPECT_EQ(stats().connections.Get(), kCrowd);
    crowd.clear();
    TickUntil([&] { return stats().connections.Get() == 0; });
  }
  EXPECT_LE(stats().memory_bytes.Get() - before,
            (budget::kCompactSlots + kCrowd + 1024) * sizeof(Connection));
}

TEST_F(ShardTest, EveryoneGetsEverythingInOrder) {
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Subscribe("/events/news"));
  Strings published;
  for (int i = 0; i < 200; ++i) {
    published.push_back("event " + std::to_string(i));
    Publish("news", published.back());
    if (i % 7 == 0) Tick();
  }
  for (auto& client : clients) {
    WaitForMessages(*client, published.size());
    EXPECT_EQ(client->Messages(), published);
    EXPECT_TRUE(client->well_formed());
  }
  EXPECT_EQ(stats().deliveries.Get(), 20 * published.size());
}

TEST_F(ShardTest, EventsThatWaitTogetherGoOutInOneSend) {
  Start();
  auto client = Subscribe("/events/news");
  const std::uint64_t sends = ring->sends();
  for (int i = 0; i < 100; ++i) Publish("news", "x");
  Exchange();
  WaitForMessages(*client, 100);
  EXPECT_EQ(ring->sends() - sends, 1u);
}

TEST_F(ShardTest, ChannelsAreApart) {
  Start();
  auto a = Subscribe("/events/a");
  auto b = Subscribe("/events/b");
  Publish("a", "for a");
  Publish("b", "for b");
  Publish("c", "for nobody");
  WaitForMessages(*a, 1);
  WaitForMessages(*b, 1);
  EXPECT_EQ(a->Messages(), Strings{"for a"});
  EXPECT_EQ(b->Messages(), Strings{"for b"});
}

TEST_F(ShardTest, TheDirectoryKnowsHowManySubscribersThereAre) {
  Start();
  ChannelInfo info;
  auto first = Subscribe("/events/news");
  ASSERT_TRUE(directory->Describe("news", info));
  EXPECT_EQ(info.subscribers, 1u) << "from the moment that the client has read `connected`";
  auto second = Subscribe("/events/news");
  ASSERT_TRUE(directory->Describe("news", info));
  EXPECT_EQ(info.subscribers, 2u);
  first->socket().Close();
  TickUntil([&] { return directory->Describe("news", info) && info.subscribers == 1; });
  second->socket().Reset();
  TickUntil([&] { return !directory->Describe("news", info); });
  TickUntil([&] { return stats().connections.Get() == 0; });
  EXPECT_EQ(Closed(CloseReason::kClient), 2u);
  EXPECT_EQ(directory->log_bytes(), 0u);
}

TEST_F(ShardTest, AnHttp10ClientGetsTheSameWithoutChunks) {
  Start();
  auto client = Subscribe("/events/news", "", "HTTP/1.0");
  EXPECT_EQ(client->head().find("chunked"), std::string::npos);
  Strings published;
  for (int i = 0; i < 50; ++i) {
    published.push_back("event " + std::to_string(i));
    Publish("news", published.back());
    if (i % 5 == 0) Tick();
  }
  WaitForMessages(*client, published.size());
  EXPECT_EQ(client->Messages(), published);
  EXPECT_EQ(client->raw().find("\r\n", client->head().size()), std::string::npos);
}

TEST_F(ShardTest, RequestsMayComeInPiecesAndOneBehindTheOther) {
  Start();
  auto client = Connect();
  for (char c : std::string("GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n")) {
    client->Send(std::string(1, c));
    Tick();
  }
  auto both = Connect();
  both->Send("GET /nowhere/at/all HTTP/1.0\r\n\r\n");
  WaitForEnd(*both);
  EXPECT_NE(both->raw().find(" 404 "), std::string::npos);
  TickUntil([&] {
    client->Poll();
    return client->has_head();
  });
  EXPECT_FALSE(client->raw().empty());
}

TEST_F(ShardTest, BadRequestsAreAnsweredAndTheConnectionCloses) {
  Start();
  auto client = Connect();
  client->Send("NONSENSE\r\n\r\n");
  WaitForEnd(*client);
  EXPECT_NE(client->raw().find(" 400 "), std::string::npos);
  EXPECT_EQ(client->error(), 0) << "a FIN, so that the answer is read";
  client->socket().Close();
  TickUntil([&] { return stats().connections.Get() == 0; });
  EXPECT_EQ(Closed(CloseReason::kBadRequest), 1u);
}

TEST_F(ShardTest, WhatIsSentBehindTheRequestIsDroppedUpToALimit) {
  Start();
  auto client = Subscribe("/events/news");
  client->Send(std::string(3000, 'x'));
  Publish("news", "still there");
  WaitForMessages(*client, 1);
  client->Send(std::string(3000, 'x'));
  WaitForEnd(*client);
  EXPECT_EQ(Closed(CloseReason::kStray), 1u);
}

TEST_F(ShardTest, TooManyConnectionsAreToldToComeBack) {
  options.capacity = 2;
  Start();
  auto first = Subscribe("/events/news");
  auto second = Subscribe("/events/news");
  auto third = Connect();
  third->Get("/events/news");
  WaitForEnd(*third);
  EXPECT_NE(third->head().find(" 200 "), std::string::npos);
  EXPECT_EQ(third->OfType("overload").size(), 1u);
  EXPECT_TRUE(third->OfType("connected").empty());
  EXPECT_TRUE(third->well_formed());
  third->socket().Close();
  TickUntil([&] { return stats().connections.Get() == 2; });
  EXPECT_EQ(Closed(CloseReason::kOverload), 1u);
  Publish("news", "x");
  WaitForMessages(*first, 1);
}

TEST_F(ShardTest, AnAddressMayHaveSoManyConnections) {
  Start(/*connections_per_address=*/1);
  auto first = Subscribe("/events/news");
  EXPECT_EQ(first->OfType("connected").size(), 1u);
  auto second = Connect();
  second->Get("/events/news");
  WaitForEnd(*second);
  EXPECT_EQ(second->OfType("overload").size(), 1u);
  first->socket().Close();
  second->socket().Close();
  TickUntil([&] { return stats().connections.Get() == 0; });
  EXPECT_EQ(Subscribe("/events/news")->OfType("connected").size(), 1u) << "there is room again";
}

TEST_F(ShardTest, AChannelMayHaveSoManySubscribers) {
  options.max_subscribers_per_channel = 2;
  Start();
  auto first = Subscribe("/events/news");
  auto second = Subscribe("/events?channel=news&channel=other");
  for (const char* target : {"/events/news", "/events?channel=other&channel=news"}) {
    auto third = Connect();
    third->Get(target);
    WaitForEnd(*third);
    EXPECT_EQ(third->OfType("overload").size(), 1u) << target;
    EXPECT_TRUE(third->well_formed());
  }
  TickUntil([&] { return stats().connections.Get() == 2; });
  EXPECT_EQ(Closed(CloseReason::kOverload), 2u);
  EXPECT_EQ(stats().over_limit[static_cast<std::size_t>(Limit::kSubscribersPerChannel)].Get(), 2u);
  auto other = Subscribe("/events/other");
  EXPECT_EQ(other->OfType("connected").size(), 1u) << "it took no place there";
  second->socket().Close();
  TickUntil([&] { return stats().connections.Get() == 2; });
  EXPECT_EQ(Subscribe("/events/news")->OfType("connected").size(), 1u);
  // Who is deleted with its channel gives its place back.
  directory->Delete("news");
  WaitForEnd(*first);
  TickUntil([&] { return stats().connections.Get() == 1; });
  EXPECT_EQ(Subscribe("/events/news")->OfType("connected").size(), 1u);
}

TEST_F(ShardTest, WhoIsTurnedAwayHasNotLongToAsk) {
  options.capacity = 1;
  Start();
  auto first = Subscribe("/events/news");
  auto silent = Connect();
  Pass(Millis(2'500));
  EXPECT_EQ(stats().connections.Get(), 2u);
  Pass(Millis(1'000));
  WaitForEnd(*silent);
  EXPECT_EQ(Closed(CloseReason::kHeaderTimeout), 1u);
}

TEST_F(ShardTest, SlotsAreUsedAgainWithoutMixingUpConnections) {
  Start();
  for (int round = 0; round < 30; ++round) {
    auto a = Subscribe("/events/a");
    auto b = Subscribe("/events/b" + std::to_string(round % 3));
    Publish("a", "a" + std::to_string(round));
    Publish("b" + std::to_string(round % 3), "b" + std::to_string(round));
    WaitForMessages(*a, 1);
    WaitForMessages(*b, 1);
    EXPECT_EQ(a->Messages(), Strings{"a" + std::to_string(round)});
    EXPECT_EQ(b->Messages(), Strings{"b" + std::to_string(round)});
  }
  TickUntil([&] { return stats().connections.Get() == 0; });
}

TEST_F(ShardTest, ADeletedChannelDeliversItsLastEventThenEndsItsStreams) {
  Start();
  auto client = Subscribe("/events/news");
  auto bare = Subscribe("/events/news", "", "HTTP/1.0");
  auto other = Subscribe("/events/other");
  Publish("news", "last words");
  EXPECT_TRUE(directory->Delete("news"));
  Exchange();
  for (StreamClient* ended : {client.get(), bare.get()}) {
    WaitForEnd(*ended);
    EXPECT_EQ(ended->Messages(), Strings{"last words"}) << "it was acknowledged";
    ASSERT_EQ(ended->OfType("end").size(), 1u);
    EXPECT_EQ(ended->OfType("end")[0].data, R"({"channel":"news"})");
    EXPECT_EQ(ended->Events().back().type, "end");
    EXPECT_TRUE(ended->well_formed());
    EXPECT_EQ(ended->error(), 0);
  }
  Publish("other", "goes on");
  WaitForMessages(*other, 1);
  EXPECT_EQ(Closed(CloseReason::kChannelEnded), 2u);
}

TEST_F(ShardTest, DeliveriesAreCountedByTheEventsOfEachChannel) {
  Start();
  // Two channels one after the other in the same place, with as many bytes but not as many events.
  auto first = Subscribe("/events/a");
  Publish("a", std::string(1000, 'x'));
  ChannelInfo info;
  ASSERT_TRUE(directory->Describe("a", info));
  const std::uint64_t bytes = info.kept_bytes;
  WaitForMessages(*first, 1);
  EXPECT_EQ(stats().deliveries.Get(), 1u);
  first->socket().Close();
  TickUntil([&] { return stats().channels.Get() == 0; });
  auto second = Subscribe("/events/b");
  Publish("b", std::string(300, 'y'));
  ASSERT_TRUE(directory->Describe("b", info));
  Publish("b", std::string(300 + bytes - 2 * info.kept_bytes, 'y'));
  ASSERT_TRUE(directory->Describe("b", info));
  ASSERT_EQ(info.kept_bytes, bytes);
  WaitForMessages(*second, 2);
  EXPECT_EQ(stats().deliveries.Get(), 3u);
}

// A server may stop at any moment: between them shard, lanes and directory free each name once.
TEST_F(ShardTest, ANameIsFreedOnceHoweverFarItCame) {
  for (int stage = 0; stage < 4; ++stage) {
    Start();
    auto client = Connect();
    client->Get("/events/a-name-of-some-length");
    HoldLane(true);
    const std::uint64_t sends = ring->sends();
    for (int i = 0; i < 20; ++i) {
      if (stage == 0) {
        lanes->up.FinishSleep();
        shard->Tick(Nanos(0));  // it stays in the lane
      } else {
        Tick();  // the directory has adopted it, and its answer waits
      }
    }
    if (stage >= 2) HoldLane(false);
    if (stage >= 2) Exchange();  // the answer is in the lane
    if (stage == 3) Tick();
    EXPECT_EQ(ring->sends() > sends, stage == 3);
    HoldLane(false);
    shard.reset();
    directory.reset();
    lanes.reset();
  }
}

TEST_F(ShardTest, AnEndIsNoticedAlsoWhenNoBufferWasLeftWhileChannelsWereOpened) {
  Start();
  HoldLane(true);
  auto client = Connect();
  client->Get("/events/a");
  for (int i = 0; i < 10; ++i) Tick();
  ring->RefuseReceive();
  client->socket().ShutdownWrite();
  TickUntil([&] { return !ring->refuses_receive(); });
  HoldLane(false);
  TickUntil([&] { return stats().accepted.Get() == 1 && stats().connections.Get() == 0; });
  EXPECT_EQ(Closed(CloseReason::kClient), 1u);
}

}  // namespace
}  // namespace ringcast
