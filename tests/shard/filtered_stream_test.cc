// Streams of a route that sends some types of events alone: what passes comes whole, once and in
// its order, wherever a socket stops, a client resumes or the history ends; what does not is not
// there.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "hub/budget.h"
#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;
using Strings = std::vector<std::string>;

class FilteredStream : public test::ShardFixture {
 protected:
  FilteredStream() {
    options.heartbeat = Millis(0);
    SetRoutes({"progress"});
  }

  void SetRoutes(std::vector<std::string> types) {
    std::vector<Route> routes(2);
    routes[0].path = *RoutePattern::Parse("/one/{id}");
    routes[0].channels = {*ChannelTemplate::Parse("{id}")};
    routes[1].path = *RoutePattern::Parse("/two/{first}/{second}");
    routes[1].channels = {*ChannelTemplate::Parse("{first}"), *ChannelTemplate::Parse("{second}")};
    for (Route& route : routes) route.events = EventFilter(types);
    options.routes = std::make_shared<const RouteTable>(Route{}, std::move(routes));
  }

  // Sends what waits, and what that leads to.
  void Deliver() {
    Exchange();
    Tick();
    Tick();
  }

  static Strings Progress(StreamClient& client) {
    client.Poll();
    Strings data;
    for (const auto& event : client.OfType("progress")) data.push_back(event.data);
    return data;
  }
  void WaitForProgress(StreamClient& client, std::size_t count) {
    TickUntil([&] { return Progress(client).size() >= count || client.ended(); });
  }
  // How many events there are, the server's own among them.
  static std::size_t All(StreamClient& client) { return client.Events().size(); }
};

// The kinds of streams that are gathered event by event.
struct Kind {
  const char* name;
  const char* target;
  const char* version;
};
class EveryFilteredStream : public FilteredStream, public testing::WithParamInterface<Kind> {
 protected:
  std::unique_ptr<StreamClient> SubscribeKind(const std::string& fields = "") {
    return Subscribe(GetParam().target, fields, GetParam().version);
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, EveryFilteredStream,
                         testing::Values(Kind{"One", "/one/a", "HTTP/1.1"},
                                         Kind{"OneBare", "/one/a", "HTTP/1.0"},
                                         Kind{"Two", "/two/a/b", "HTTP/1.1"},
                                         Kind{"TwoBare", "/two/a/b", "HTTP/1.0"}),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST_P(EveryFilteredStream, GetsItsTypesAlone) {
  Start();
  auto client = SubscribeKind();
  Strings expected;
  for (int i = 0; i < 120; ++i) {
    const bool passes = i % 3 == 1;
    Publish("a", std::to_string(i), passes ? "progress" : i % 3 == 0 ? "" : "log");
    if (passes) expected.push_back(std::to_string(i));
    if (i % 7 == 0) Tick();
  }
  WaitForProgress(*client, expected.size());
  Publish("a", "no", "log");
  Deliver();
  EXPECT_EQ(Progress(*client), expected);
  EXPECT_EQ(All(*client), 1 + expected.size());
  EXPECT_EQ(stats().deliveries.Get(), expected.size()) << "what is passed over is not delivered";
}

// Wherever the socket stops taking bytes, the stream goes on exactly there.
TEST_P(EveryFilteredStream, GoesOnAfterAnyByte) {
  Start();
  for (std::size_t room = 0; room < 240; ++room) {
    SCOPED_TRACE(testing::Message() << "room for " << room << " bytes");
    auto client = SubscribeKind();
    const std::uint32_t slot = ring->last_slot();
    ring->Limit(slot, room);
    const Strings expected = {"first", "second\nline", "third", "fourth"};
    Publish("a", "skipped", "log");
    Publish("a", expected[0], "progress");
    Publish("a", "skipped as well");
    Publish("a", expected[1], "progress");
    Publish("a", expected[2], "progress");
    Publish("a", "skipped at the end", "log");
    Deliver();
    if (room % 2 == 0) {
      ring->MakeRoom(slot, room / 2);  // some room, then none again
      Tick();
      Tick();
    }
    Publish("a", "skipped", "log");
    Publish("a", expected[3], "progress");
    Deliver();
    ring->Unlimit(slot);
    WaitForProgress(*client, 4);
    ASSERT_EQ(Progress(*client), expected);
    ASSERT_EQ(All(*client), 5u);
    ASSERT_TRUE(client->well_formed());
    client->socket().Close();
    TickUntil([&] { return stats().connections.Get() == 0; });
  }
  EXPECT_GT(stats().stalls.Get(), 150u);
  EXPECT_EQ(stats().gaps.Get(), 0u);
}

// Also the id of an event that the filter did not let pass, which another stream has told.
TEST_P(EveryFilteredStream, EveryIdGivesExactlyTheRest) {
  Start();
  auto holder = Subscribe("/events/a");
  std::vector<EventId> ids;
  Strings passing;              // data of those that pass
  std::vector<std::size_t> at;  // how many of them came up to each id
  Rng rng(5);
  for (int i = 0; i < 60; ++i) {
    const bool passes = rng.Below(3) == 0;
    ids.push_back(Publish("a", std::to_string(i), passes ? "progress" : "log"));
    if (passes) passing.push_back(std::to_string(i));
    at.push_back(passing.size());
  }
  Deliver();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "resumed behind event " << i);
    auto client = SubscribeKind("Last-Event-ID: " + IdText(ids[i]) + "\r\n");
    const Strings rest(passing.begin() + static_cast<std::ptrdiff_t>(at[i]), passing.end());
    WaitForProgress(*client, rest.size());
    ASSERT_EQ(Progress(*client), rest);
    ASSERT_EQ(All(*client), 1 + rest.size()) << "neither a gap nor anything else";
    ASSERT_NE(client->OfType("connected").at(0).data.find("resumed"), std::string::npos);
    client->socket().Close();
  }
  EXPECT_EQ(stats().gaps.Get(), 0u);
}

TEST_P(EveryFilteredStream, ReplayAndLiveMeetWithoutAHoleOrADouble) {
  Start();
  auto holder = Subscribe("/events/a");
  const EventId before = Publish("a", "before");
  Strings expected;
  for (int i = 0; i < 300; ++i) {
    Publish("a", std::string(200, 'x'), "log");
    Publish("a", std::to_string(i), "progress");
    expected.push_back(std::to_string(i));
    if (i % 20 == 0) Deliver();
  }
  auto client = Connect();
  client->Get(GetParam().target, "Last-Event-ID: " + IdText(before) + "\r\n", GetParam().version);
  for (int i = 300; i < 400; ++i) {
    Publish("a", std::to_string(i), "progress");
    Publish("a", "skipped", "log");
    expected.push_back(std::to_string(i));
    Tick();
  }
  WaitForProgress(*client, expected.size());
  EXPECT_EQ(Progress(*client), expected);
}

// More than is passed over in one go.
TEST_P(EveryFilteredStream, PassesOverAnyNumber) {
  history.events = 100'000;
  history.bytes = 64 << 20;
  Start();
  auto holder = Subscribe("/events/a");
  const EventId before = Publish("a", "before");
  constexpr int kMany = static_cast<int>(budget::kMostSkippedFrames) * 5 / 2;
  for (int i = 0; i < kMany; ++i) {
    Publish("a", "skipped", "log");
    if (i % 100 != 0) continue;
    Deliver();  // else the publisher would be made to wait
    holder->Poll();
  }
  Publish("a", "found", "progress");
  Deliver();
  auto client = SubscribeKind("Last-Event-ID: " + IdText(before) + "\r\n");
  WaitForProgress(*client, 1);
  EXPECT_EQ(Progress(*client), Strings{"found"});
  for (int i = 0; i < kMany; ++i) {
    Publish("a", "skipped", "log");
    if (i % 100 != 0) continue;
    Deliver();
    holder->Poll();
  }
  Publish("a", "found again", "progress");
  WaitForProgress(*client, 2);
  EXPECT_EQ(Progress(*client), (Strings{"found", "found again"}));
  EXPECT_EQ(All(*client), 3u);
}

// A stream to which nothing passes is quiet, and a quiet stream hears heartbeats; it is also idle.
TEST_P(EveryFilteredStream, HearsHeartbeatsWhileNothingPasses) {
  options.heartbeat = Millis(1000);
  options.idle_timeout = Millis(30'000);
  Start();
  auto client = SubscribeKind();
  for (int i = 0; i < 100; ++i) {
    Publish("a", "skipped", "log");
    Pass(Millis(100));
  }
  client->Poll();
  EXPECT_GE(stats().heartbeats.Get(), 10u);
  EXPECT_EQ(All(*client), 1u);
  for (int i = 0; i < 250; ++i) {
    Publish("a", "skipped", "log");
    Pass(Millis(100));
  }
  WaitForEnd(*client);
  EXPECT_EQ(Closed(CloseReason::kIdle), 1u);
}

// What was lost is told, though perhaps nothing of it would have passed.
TEST_P(EveryFilteredStream, AGapIsTold) {
  history.events = 5;
  Start();
  auto holder = Subscribe("/events/a");
  const EventId first = Publish("a", "first", "progress");
  for (int i = 0; i < 50; ++i) Publish("a", "skipped", "log");
  const EventId last = Publish("a", "last", "progress");
  Deliver();
  auto client = SubscribeKind("Last-Event-ID: " + IdText(first) + "\r\n");
  WaitForProgress(*client, 1);
  EXPECT_EQ(client->OfType("gap").size(), 1u);
  EXPECT_EQ(Progress(*client), Strings{"last"});
  auto again = SubscribeKind("Last-Event-ID: " + IdText(last) + "\r\n");
  EXPECT_TRUE(again->OfType("gap").empty());
}

// A subscriber that falls behind what is kept gets the rest of the event it was in, the gap, and
// what passes of the rest.
TEST_P(EveryFilteredStream, FallingBehindIsToldBetweenEvents) {
  history.events = 3;
  history.bytes = 1 << 16;
  options.stall_timeout = Millis(3'600'000);
  Start();
  auto client = SubscribeKind();
  const std::uint32_t slot = ring->last_slot();
  ring->Limit(slot, 60);
  Publish("a", std::string(300, 'c'), "progress");
  Deliver();
  Pass(Millis(300));
  for (int i = 0; i < 4000; ++i) {
    Publish("a", std::string(900, 's'), "log");
    Tick();
  }
  Publish("a", "last", "progress");
  Deliver();
  ring->Unlimit(slot);
  WaitForProgress(*client, 2);
  EXPECT_EQ(Progress(*client), (Strings{std::string(300, 'c'), "last"}));
  EXPECT_EQ(client->OfType("gap").size(), 1u);
  EXPECT_TRUE(client->well_formed());
}

TEST_P(EveryFilteredStream, IsToldOfTheEndAndTheDrain) {
  Start();
  auto client = SubscribeKind();
  Publish("a", "last", "progress");
  Publish("a", "skipped", "log");
  Exchange();
  control.phase.store(RunPhase::kDraining);
  TickUntil([&] {
    ring->Advance(Millis(50));
    client->Poll();
    return client->ended();
  });
  EXPECT_EQ(Progress(*client), Strings{"last"});
  EXPECT_EQ(client->OfType("drain").size(), 1u);
}

TEST_F(FilteredStream, ADeletedChannelsEndPasses) {
  Start();
  auto client = Subscribe("/one/a");
  Publish("a", "last", "progress");
  Publish("a", "skipped", "log");
  EXPECT_TRUE(directory->Delete("a"));
  WaitForEnd(*client);
  EXPECT_EQ(Progress(*client), Strings{"last"});
  EXPECT_EQ(client->OfType("end").size(), 1u);
}

TEST_F(FilteredStream, TwoChannelsComeInOneOrder) {
  Start();
  auto client = Subscribe("/two/a/b");
  Strings expected;
  for (int i = 0; i < 200; ++i) {
    const bool passes = i % 5 != 2;
    Publish(i % 3 == 0 ? "a" : "b", std::to_string(i), passes ? "progress" : "log");
    if (passes) expected.push_back(std::to_string(i));
    if (i % 11 == 0) Tick();
  }
  WaitForProgress(*client, expected.size());
  EXPECT_EQ(Progress(*client), expected);
}

TEST_F(FilteredStream, StandsBesideStreamsThatGetAll) {
  Start();
  auto all = Subscribe("/events/a");
  auto some = Subscribe("/one/a");
  auto none = Subscribe("/one/other");
  for (int i = 0; i < 50; ++i) {
    Publish("a", std::to_string(i), i % 2 == 0 ? "progress" : "");
    Tick();
  }
  WaitForProgress(*some, 25);
  WaitForMessages(*all, 25);
  EXPECT_EQ(All(*all), 51u);
  EXPECT_EQ(All(*some), 26u);
  EXPECT_EQ(All(*none), 1u);
}

// A stream keeps what it began with; who comes later gets what holds then.
TEST_F(FilteredStream, KeepsItsFilterWhenTheRoutesChange) {
  Start();
  auto before = Subscribe("/one/a");
  SetRoutes({"log"});
  Settle();
  auto after = Subscribe("/one/a");
  options.routes = std::make_shared<const RouteTable>();
  Settle();
  Publish("a", "p", "progress");
  Publish("a", "l", "log");
  Publish("a", "q", "progress");
  WaitForProgress(*before, 2);
  EXPECT_EQ(Progress(*before), (Strings{"p", "q"}));
  TickUntil([&] {
    after->Poll();
    return All(*after) >= 2;
  });
  EXPECT_EQ(after->OfType("log").size(), 1u);
  EXPECT_TRUE(Progress(*after).empty());
}

}  // namespace
}  // namespace ringcast
