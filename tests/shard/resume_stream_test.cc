// Streams that come back with an id: they get exactly what they missed, or are told what they lost.
#include <string>
#include <vector>

#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;
using Strings = std::vector<std::string>;

class ResumeStream : public test::ShardFixture {
 protected:
  void PublishNumbered(const std::string& channel, int count, std::size_t size = 0) {
    for (int i = 0; i < count; ++i) {
      std::string data = std::to_string(events.size());
      data.resize(std::max(data.size(), size), '.');
      ids.push_back(Publish(channel, data));
      events.push_back(data);
      Exchange();
    }
  }
  Strings From(std::size_t first) const {
    return {events.begin() + static_cast<std::ptrdiff_t>(first), events.end()};
  }
  std::unique_ptr<StreamClient> Resume(const std::string& target, const std::string& id) {
    return Subscribe(target, "Last-Event-ID: " + id + "\r\n");
  }
  static std::string StartOf(StreamClient& client) { return client.OfType("connected")[0].data; }

  Strings events;
  std::vector<EventId> ids;
};

TEST_F(ResumeStream, EveryIdThatIsKeptGivesExactlyTheRest) {
  Start();
  auto keeper = Subscribe("/events/a");
  PublishNumbered("a", 20);
  for (std::size_t seen = 0; seen < ids.size(); ++seen) {
    auto client = Resume("/events/a", IdText(ids[seen]));
    WaitForMessages(*client, ids.size() - seen - 1);
    EXPECT_EQ(client->Messages(), From(seen + 1));
    EXPECT_EQ(StartOf(*client), R"({"start":"resumed"})");
    EXPECT_EQ(client->OfType("connected")[0].id, IdText(ids[seen]))
        << "a cut right after it loses nothing";
    EXPECT_TRUE(client->OfType("gap").empty());
  }
  EXPECT_EQ(stats().replays[static_cast<std::size_t>(ReplayResult::kComplete)].Get(), 20u);
}

TEST_F(ResumeStream, WhatWasMissedTravelsWithTheResponseHead) {
  Start();
  auto keeper = Subscribe("/events/a");
  PublishNumbered("a", 20);
  WaitForMessages(*keeper, 20);
  const std::uint64_t before = ring->sends();
  auto client = Resume("/events/a", IdText(ids[0]));
  WaitForMessages(*client, 19);
  EXPECT_EQ(ring->sends() - before, 1u);
  EXPECT_EQ(client->Messages(), From(1));
  EXPECT_EQ(stats().deliveries.Get(), 20u + 19u);
}

TEST_F(ResumeStream, TheFirstSendMayBeCutAnywhere) {
  Start();
  auto keeper = Subscribe("/events/a");
  PublishNumbered("a", 4);
  auto whole = Resume("/events/a", IdText(ids[0]));
  WaitForMessages(*whole, 3);
  const std::uint64_t before = stats().deliveries.Get();
  for (std::size_t room = 0; room <= whole->raw().size(); ++room) {
    SCOPED_TRACE(room);
    auto client = Connect();
    ring->LimitNext(room);
    const std::uint64_t sends = ring->sends();
    client->Get("/events/a", "Last-Event-ID: " + IdText(ids[0]) + "\r\n");
    TickUntil([&] { return ring->sends() > sends; });
    TickUntil([&] {
      client->Poll();
      return client->raw().size() >= room;
    });
    EXPECT_EQ(client->raw(), whole->raw().substr(0, room));
    ring->Unlimit(ring->last_slot());
    WaitForMessages(*client, 3);
    EXPECT_EQ(client->Messages(), From(1));
    EXPECT_TRUE(client->well_formed());
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(stats().deliveries.Get() - before, 3 * (whole->raw().size() + 1));
}

TEST_F(ResumeStream, TheFirstIdOfAFreshStreamResumesExactlyToo) {
  Start();
  auto fresh = Subscribe("/events/a");
  const std::string position = fresh->OfType("connected")[0].id;
  fresh->socket().Close();
  PublishNumbered("a", 3);
  auto client = Resume("/events/a", position);
  WaitForMessages(*client, 3);
  EXPECT_EQ(client->Messages(), events);
  EXPECT_TRUE(client->OfType("gap").empty());
}

TEST_F(ResumeStream, ReplayAndLiveMeetWithoutAHoleOrADouble) {
  Start();
  PublishNumbered("a", 50, 3000);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 10; ++i) {
    auto client = Connect();
    client->Get("/events/a", "Last-Event-ID: " + IdText(ids[static_cast<std::size_t>(i)]) + "\r\n",
                i % 2 == 0 ? "HTTP/1.1" : "HTTP/1.0");
    clients.push_back(std::move(client));
    PublishNumbered("a", 3, 3000);
    Tick();
  }
  for (int i = 0; i < 20; ++i) {
    PublishNumbered("a", 2, 3000);
    Tick();
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    WaitForMessages(*clients[i], events.size() - i - 1);
    Tick();
    clients[i]->Poll();
    EXPECT_EQ(clients[i]->Messages(), From(i + 1));
    EXPECT_TRUE(clients[i]->well_formed());
  }
}

TEST_F(ResumeStream, SeveralChannelsAreReplayedInOneOrder) {
  Start();
  for (int i = 0; i < 60; ++i) PublishNumbered(i % 2 == 0 ? "a" : "b", 1);
  for (const char* version : {"HTTP/1.1", "HTTP/1.0"}) {
    auto client = Subscribe("/events?channel=a&channel=b",
                            "Last-Event-ID: " + IdText(ids[10]) + "\r\n", version);
    WaitForMessages(*client, 49);
    EXPECT_EQ(client->Messages(), From(11));
  }
}

TEST_F(ResumeStream, TheNewestThatWasForgottenIsNoGapAndOneBeforeItIs) {
  history = {.events = 5};
  Start();
  PublishNumbered("a", 20);
  auto exact = Resume("/events/a", IdText(ids[14]));
  WaitForMessages(*exact, 5);
  EXPECT_EQ(exact->Messages(), From(15));
  EXPECT_TRUE(exact->OfType("gap").empty());
  auto expired = Resume("/events/a", IdText(ids[13]));
  WaitForMessages(*expired, 5);
  EXPECT_EQ(expired->Messages(), From(15));
  ASSERT_EQ(expired->OfType("gap").size(), 1u);
  const std::string gap = expired->OfType("gap")[0].data;
  EXPECT_NE(gap.find(R"("channel":"a")"), std::string::npos);
  EXPECT_NE(gap.find(R"("reason":"expired")"), std::string::npos);
  EXPECT_NE(gap.find("\"from\":\"" + IdText(ids[13])), std::string::npos);
  EXPECT_NE(gap.find("\"to\":\"" + IdText(ids[14])), std::string::npos);
  EXPECT_EQ(StartOf(*expired), R"({"start":"gap"})");
  EXPECT_EQ(expired->Events()[1].type, "gap") << "before the replay";
}

TEST_F(ResumeStream, AChannelThatIsGoneStillKnowsWhatWasMissed) {
  history = {.events = 0};
  Start();
  const EventId before = Publish("other", "x");
  PublishNumbered("a", 1);
  const EventId after = Publish("other", "x");
  EXPECT_EQ(Resume("/events/a", IdText(before))->OfType("gap").size(), 1u);
  EXPECT_EQ(Resume("/events/a", IdText(after))->OfType("gap").size(), 0u);
}

TEST_F(ResumeStream, OnlyTheChannelsThatLostSomethingTellAGap) {
  history = {.events = 5};
  Start();
  PublishNumbered("a", 1);
  const EventId seen = ids.back();
  PublishNumbered("a", 20);
  PublishNumbered("b", 3);
  auto client = Resume("/events?channel=a&channel=b", IdText(seen));
  WaitForMessages(*client, 8);
  EXPECT_EQ(client->Messages(), From(events.size() - 8));
  ASSERT_EQ(client->OfType("gap").size(), 1u);
  EXPECT_NE(client->OfType("gap")[0].data.find(R"("channel":"a")"), std::string::npos);
}

TEST_F(ResumeStream, AnIdFromBeforeTheRestartGetsAllThatIsKept) {
  Start();
  PublishNumbered("a", 5);
  const EventId earlier = IdScheme(kStart - 1000, 0x11111).ToId(77);
  auto client = Resume("/events/a", IdText(earlier));
  WaitForMessages(*client, 5);
  EXPECT_EQ(client->Messages(), events);
  ASSERT_EQ(client->OfType("gap").size(), 1u);
  EXPECT_NE(client->OfType("gap")[0].data.find(R"("reason":"restart")"), std::string::npos);
}

TEST_F(ResumeStream, AnIdThatCannotBePlacedStartsAfreshAndSaysSo) {
  Start();
  PublishNumbered("a", 5);
  EventId future = ids.back();
  future.ms += 100'000;
  for (const std::string& id : {std::string("garbage"), IdText(future),
                                std::string("18446744073709551615-18446744073709551615")}) {
    SCOPED_TRACE(id);
    auto client = Resume("/events/a", id);
    PublishNumbered("a", 1);
    WaitForMessages(*client, 1);
    EXPECT_EQ(client->Messages(), Strings{events.back()}) << "live from here";
    ASSERT_EQ(client->OfType("gap").size(), 1u);
    EXPECT_NE(client->OfType("gap")[0].data.find(R"("reason":"unknown-id")"), std::string::npos);
    EXPECT_EQ(client->OfType("connected")[0].id, IdText(ids[ids.size() - 2]));
  }
  EXPECT_EQ(stats().replays[static_cast<std::size_t>(ReplayResult::kUnknownId)].Get(), 3u);
}

// Another shard has told of an event that this one has not heard of: it asks before it calls the id
// unknown.
TEST_F(ResumeStream, AnIdThatThisShardHasNotHeardOfIsAskedFor) {
  Start();
  auto keeper = Subscribe("/events/a");
  const EventId elsewhere = Publish("not-followed-here", "x");
  auto client = Resume("/events/a", IdText(elsewhere));
  EXPECT_EQ(StartOf(*client), R"({"start":"resumed"})");
  EXPECT_TRUE(client->OfType("gap").empty());
}

TEST_F(ResumeStream, TheIdMayComeInTheQueryAndTheHeaderWins) {
  Start();
  PublishNumbered("a", 10);
  for (const char* name : {"lastEventId", "last_event_id"}) {
    auto client = Subscribe("/events/a?" + std::string(name) + "=" + IdText(ids[6]));
    WaitForMessages(*client, 3);
    EXPECT_EQ(client->Messages(), From(7));
  }
  auto both = Resume("/events/a?lastEventId=" + IdText(ids[2]), IdText(ids[8]));
  WaitForMessages(*both, 1);
  EXPECT_EQ(both->Messages(), From(9));
}

TEST_F(ResumeStream, ALongReplayIsSentInSlicesAndLiveStreamsAreServedBetween) {
  Start();
  PublishNumbered("a", 800, 1200);
  auto live = Subscribe("/events/a");
  auto client = Connect();
  client->Get("/events/a", "Last-Event-ID: " + IdText(ids[0]) + "\r\n");
  PublishNumbered("a", 1);
  WaitForMessages(*live, 1);
  WaitForMessages(*client, 800);
  EXPECT_EQ(client->Messages(), From(1));
  EXPECT_TRUE(client->well_formed());
}

}  // namespace
}  // namespace ringcast
