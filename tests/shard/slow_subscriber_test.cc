// Subscribers whose sockets are full: nothing is lost within what is kept, what is lost is told,
// and nobody else notices.
#include <sys/un.h>

#include <string>
#include <vector>

#include "shard/shard_fixture.h"
#include "support/temp_dir.h"

namespace ringcast {
namespace {

using test::StreamClient;
using Strings = std::vector<std::string>;

std::string Numbered(int number, std::size_t size) {
  std::string data = std::to_string(number) + ":";
  data.resize(std::max(size, data.size()), '.');
  return data;
}

int NumberOf(const std::string& data) { return std::stoi(data.substr(0, data.find(':'))); }

class SlowSubscriber : public test::ShardFixture {
 protected:
  // A subscriber whose socket takes `room` more bytes; `slot` is where it lives.
  std::unique_ptr<StreamClient> SubscribeLimited(const std::string& target, std::size_t room,
                                                 const std::string& version = "HTTP/1.1") {
    auto client = Subscribe(target, "", version);
    slot = ring->last_slot();
    ring->Limit(slot, room);
    return client;
  }

  // Publishes so many events of that size, as fast as the channel takes them.
  void PublishMany(const std::string& channel, int count, std::size_t size) {
    for (int i = 0; i < count; ++i) {
      ids.push_back(Publish(channel, Numbered(published++, size)));
      Tick();
    }
  }

  // How many events of a kilobyte the channel takes before it takes none for 50 ms, while `readers`
  // read.
  int Accepted() {
    const std::string data(1000, 'x');
    ChannelDirectory::Published out;
    int accepted = 0;
    for (int refused = 0; accepted < kMost && refused < 50;) {
      if (directory->Publish("a", {"", data}, {ring->WallNow(), 1, 1}, out)) {
        ++accepted;
        refused = 0;
      } else {
        ++refused;
        ring->Advance(Millis(1));
      }
      Exchange();
      Tick();
      for (const auto& reader : readers) reader->Poll();
    }
    return accepted;
  }

  // Its socket has been full for a while.
  void BecomeSilent() { Pass(Millis(300)); }

  static constexpr int kMost = 2000;  // twice what is kept for those who are behind
  std::vector<std::unique_ptr<StreamClient>> readers;

  std::uint32_t slot = 0;
  int published = 0;
  std::vector<EventId> ids;
};

// Wherever a socket stops taking bytes, the stream goes on exactly there.
class EveryByte : public SlowSubscriber, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Streams, EveryByte,
                         testing::Values("/events/a HTTP/1.1", "/events/a HTTP/1.0",
                                         "/events?channel=a&channel=b HTTP/1.1",
                                         "/events?channel=a&channel=b HTTP/1.0"),
                         [](const auto& kind) { return "Kind" + std::to_string(kind.index); });

TEST_P(EveryByte, MayBeTheLastThatFits) {
  options.heartbeat = Millis(0);
  Start();
  const std::string kind = GetParam();
  const std::string target = kind.substr(0, kind.find(' '));
  const std::string version = kind.substr(kind.find(' ') + 1);
  const bool both = target.find("=b") != std::string::npos;
  for (std::size_t room = 0; room < 260; ++room) {
    SCOPED_TRACE(testing::Message() << "room for " << room << " bytes");
    auto client = SubscribeLimited(target, room, version);
    const Strings expected = {"first", "second\nline", "third", "fourth"};
    Publish("a", expected[0]);
    Publish(both ? "b" : "a", expected[1]);
    Publish("a", expected[2]);
    Exchange();
    Tick();
    Tick();
    if (room % 2 == 0) {
      ring->MakeRoom(slot, room / 2);  // some room, then none again
      Tick();
      Tick();
    }
    Publish("a", expected[3]);
    Exchange();
    Tick();
    ring->Unlimit(slot);
    WaitForMessages(*client, 4);
    ASSERT_EQ(client->Messages(), expected);
    ASSERT_TRUE(client->well_formed());
    client->socket().Close();
    TickUntil([&] { return stats().connections.Get() == 0; });
  }
  EXPECT_GT(stats().stalls.Get(), 200u);
  EXPECT_EQ(stats().gaps.Get(), 0u);
}

TEST_F(SlowSubscriber, GetsEverythingThatHistoryKeeps) {
  Start();
  auto client = SubscribeLimited("/events/a", 500);
  PublishMany("a", 3, 1000);
  BecomeSilent();
  PublishMany("a", 800, 1000);
  ring->Unlimit(slot);
  WaitForMessages(*client, 803);
  const Strings messages = client->Messages();
  ASSERT_EQ(messages.size(), 803u);
  for (int i = 0; i < 803; ++i) ASSERT_EQ(messages[static_cast<std::size_t>(i)], Numbered(i, 1000));
  EXPECT_TRUE(client->OfType("gap").empty());
}

TEST_F(SlowSubscriber, DoesNotHinderOthers) {
  Start();
  auto slow = SubscribeLimited("/events/a", 0);
  auto quick = Subscribe("/events/a");
  PublishMany("a", 1, 1000);
  BecomeSilent();
  for (int i = 0; i < 300; ++i) {
    PublishMany("a", 1, 5000);
    WaitForMessages(*quick, static_cast<std::size_t>(published));
  }
  EXPECT_EQ(quick->Messages().size(), 301u);
}

// What is given up to save memory is not held for those who are behind, either.
TEST_F(SlowSubscriber, IsToldOfAGapWhenMemoryIsShort) {
  history = {.bytes = 4 << 20, .memory = 2 << 20};
  options.heartbeat = Millis(0);
  options.stall_timeout = Millis(3'600'000);
  Start();
  auto slow = SubscribeLimited("/events/a", 500);
  PublishMany("a", 3, 1000);
  BecomeSilent();
  PublishMany("a", 200, 1000);
  // Within what a channel keeps for slow subscribers, but older than everything else.
  for (int i = 0; i < 60; ++i) {
    Publish("other" + std::to_string(i % 3), std::string(60'000, 'x'));
    Tick();
  }
  TickUntil([&] { return directory->log_bytes() <= history.memory; });
  EXPECT_GT(directory->given_up_events(), 0u);
  ring->Unlimit(slot);
  Publish("a", "newest");
  TickUntil([&] {
    slow->Poll();
    return (!slow->Messages().empty() && slow->Messages().back() == "newest") || slow->ended();
  });
  ASSERT_EQ(slow->OfType("gap").size(), 1u);
  EXPECT_NE(slow->OfType("gap")[0].data.find("slow"), std::string::npos);
  EXPECT_TRUE(slow->well_formed());
  EXPECT_EQ(slow->Messages().back(), "newest");
}

class WithoutHistory : public SlowSubscriber, public testing::WithParamInterface<const char*> {
 protected:
  WithoutHistory() {
    history = {.events = 0};
    options.heartbeat = Millis(0);
    options.stall_timeout = Millis(3'600'000);
  }

  // What a client got that fell behind by more than is kept: the events before the gap, the gap
  // with the ids at its edges, the rest.
  void CheckOneGap(StreamClient& client) {
    ASSERT_TRUE(client.well_formed());
    const auto gaps = client.OfType("gap");
    ASSERT_EQ(gaps.size(), 1u);
    EXPECT_EQ(gaps[0].id, client.Events()[0].id.empty() ? "" : gaps[0].id);
    int last_before = -1;
    int first_after = -1;
    bool after = false;
    int next = 0;
    for (const test::NaiveEvent& event : client.Events()) {
      if (event.type == "gap") {
        after = true;
        next = -1;
      }
      if (event.type != "message") continue;
      const int number = NumberOf(event.data);
      if (next >= 0) {
        ASSERT_EQ(number, next);
      }
      next = number + 1;
      if (!after) last_before = number;
      if (after && first_after < 0) first_after = number;
    }
    ASSERT_EQ(next, published) << "up to the newest";
    ASSERT_GT(first_after, last_before + 1) << "a gap is told where there is one";
    const std::string& data = gaps[0].data;
    EXPECT_NE(data.find(R"("reason":"slow")"), std::string::npos);
    EXPECT_NE(
        data.find(R"("to":")" + IdText(ids[static_cast<std::size_t>(first_after - 1)]) + "\""),
        std::string::npos)
        << data << ": the last one lost is "
        << IdText(ids[static_cast<std::size_t>(first_after - 1)]);
    if (last_before >= 0) {
      EXPECT_NE(
          data.find(R"("from":")" + IdText(ids[static_cast<std::size_t>(last_before)]) + "\""),
          std::string::npos)
          << data << ": the last one had is " << IdText(ids[static_cast<std::size_t>(last_before)]);
    }
  }

  bool HasLast(StreamClient& client) {
    client.Poll();
    const Strings messages = client.Messages();
    return !messages.empty() && NumberOf(messages.back()) == published - 1;
  }
};
INSTANTIATE_TEST_SUITE_P(Versions, WithoutHistory, testing::Values("HTTP/1.1", "HTTP/1.0"),
                         [](const auto& version) {
                           return version.index == 0 ? "Chunked" : "Bare";
                         });

TEST_P(WithoutHistory, FallingTooFarBehindIsTold) {
  Start();
  auto client = SubscribeLimited("/events/a", 0, GetParam());
  PublishMany("a", 1, 1000);
  BecomeSilent();
  PublishMany("a", 200, 10'000);
  EXPECT_LT(directory->log_bytes(), 2'000'000u) << "what nobody is waited for with goes away";
  ring->Unlimit(slot);
  TickUntil([&] { return HasLast(*client); });
  CheckOneGap(*client);
  EXPECT_EQ(stats().gaps.Get(), 1u);
}

TEST_P(WithoutHistory, AnEventThatIsUnderWayComesToItsEndBeforeTheGap) {
  Start();
  for (std::size_t room : {1, 2, 7, 60, 5000, 9990, 10'040, 10'060, 10'070, 10'075, 15'000}) {
    SCOPED_TRACE(testing::Message() << "room for " << room);
    published = 0;
    ids.clear();
    auto client = SubscribeLimited("/events/a", room, GetParam());
    PublishMany("a", 3, 10'000);
    BecomeSilent();
    PublishMany("a", 200, 10'000);
    ring->Unlimit(slot);
    TickUntil([&] { return HasLast(*client); });
    CheckOneGap(*client);
    EXPECT_EQ(client->Messages()[0], Numbered(0, 10'000));
    client->socket().Close();
    TickUntil([&] { return stats().connections.Get() == 0; });
  }
}

TEST_P(WithoutHistory, AGapThatCouldNotBeToldYetGetsWider) {
  Start();
  auto client = SubscribeLimited("/events/a", 4000, GetParam());
  PublishMany("a", 3, 10'000);
  BecomeSilent();
  PublishMany("a", 200, 10'000);
  EXPECT_EQ(stats().gaps.Get(), 1u);
  PublishMany("a", 200, 10'000);
  EXPECT_EQ(stats().gaps.Get(), 1u);
  ring->Unlimit(slot);
  TickUntil([&] { return HasLast(*client); });
  CheckOneGap(*client);
}

TEST_P(WithoutHistory, ASecondGapComesWhenTheFirstOneWasSentInPart) {
  Start();
  auto client = SubscribeLimited("/events/a", 0, GetParam());
  PublishMany("a", 1, 1000);
  BecomeSilent();
  PublishMany("a", 200, 10'000);
  ring->MakeRoom(slot, 20);  // the first bytes of the gap
  Tick();
  Tick();
  BecomeSilent();
  PublishMany("a", 200, 10'000);
  ring->Unlimit(slot);
  TickUntil([&] { return HasLast(*client); });
  EXPECT_TRUE(client->well_formed());
  EXPECT_EQ(client->OfType("gap").size(), 2u);
}

TEST_P(WithoutHistory, AnEventTooLongToKeepAsideIsCutAndTheConnectionReset) {
  Start();
  auto client = SubscribeLimited("/events/a", 20'000, GetParam());
  PublishMany("a", 1, 60'000);
  BecomeSilent();
  PublishMany("a", 200, 10'000);
  WaitForEnd(*client);
  EXPECT_EQ(client->error(), ECONNRESET);
  EXPECT_EQ(Closed(CloseReason::kSlow), 1u);
}

TEST_F(SlowSubscriber, ThatTakesNothingForTheStallTimeoutIsReset) {
  Start();
  auto client = SubscribeLimited("/events/a", 100);
  auto other = Subscribe("/events/a");
  PublishMany("a", 1, 1000);
  Pass(Millis(9'800));
  EXPECT_EQ(stats().streams.Get(), 2u);
  Pass(Millis(300));
  EXPECT_EQ(Closed(CloseReason::kStalled), 1u);
  WaitForEnd(*client);
  EXPECT_EQ(client->error(), ECONNRESET);
  TickUntil([&] { return stats().connections.Get() == 1; });
  PublishMany("a", 1, 1000);
  WaitForMessages(*other, 2);
}

// Its lifetime is over while it is stalled: a timer that was left due would keep the shard awake.
TEST_F(SlowSubscriber, EndsWithItsLifetime) {
  options.max_lifetime = Millis(2'000);
  options.stall_timeout = Millis(3'600'000);
  Start();
  auto client = SubscribeLimited("/events/a", 100);
  PublishMany("a", 1, 1000);
  Pass(Millis(1'700));
  EXPECT_EQ(stats().streams.Get(), 1u);
  Pass(Millis(600));
  EXPECT_EQ(Closed(CloseReason::kLifetime), 1u);
  WaitForEnd(*client);
  TickUntil([&] { return stats().connections.Get() == 0; });
}

// An abort ends nothing on a UNIX socket.
TEST_F(SlowSubscriber, OnAUnixSocketIsCutAsWell) {
  const test::TempDir folder;
  unix_path = folder.File("events");
  Start();
  const UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET /events/a HTTP/1.1\r\nHost: test\r\n\r\n";
  ASSERT_EQ(::send(client.get(), request.data(), request.size(), 0),
            static_cast<ssize_t>(request.size()));
  TickUntil([&] { return stats().streams.Get() == 1; });
  Tick();
  ring->Limit(ring->last_slot(), 100);
  PublishMany("a", 1, 1000);
  Pass(Millis(10'200));
  EXPECT_EQ(Closed(CloseReason::kStalled), 1u);
  TickUntil([&] { return stats().connections.Get() == 0; });
}

TEST_F(SlowSubscriber, WhoseResponseFindsNoRoomAtAllGetsItWholeLater) {
  Start();
  auto client = Connect();
  client->Get("/health");
  TickUntil([&] {
    client->Poll();
    return client->has_head();
  });
  const std::size_t before = client->raw().size();
  ring->Limit(ring->last_slot(), 0);
  client->Get("/events/a");
  TickUntil([&] { return stats().stalls.Get() == 1; });
  ring->Unlimit(ring->last_slot());
  TickUntil([&] {
    client->Poll();
    return client->raw().ends_with("\n\n\r\n");
  });
  EXPECT_EQ(client->raw().substr(before, 13), "HTTP/1.1 200 ");
}

TEST_F(SlowSubscriber, ThatTakesALittleNowAndThenIsNotReset) {
  Start();
  auto client = SubscribeLimited("/events/a", 100);
  PublishMany("a", 1, 5000);
  for (int i = 0; i < 5; ++i) {
    Pass(Millis(8'000));
    ring->MakeRoom(slot, 10);
    Tick();
    Tick();
  }
  EXPECT_EQ(Closed(CloseReason::kStalled), 0u);
  ring->Unlimit(slot);
  WaitForMessages(*client, 1);
  EXPECT_EQ(client->Messages(), Strings{Numbered(0, 5000)});
}

TEST_F(SlowSubscriber, ThatReadsOnHoldsThePublisherBack) {
  Start();
  auto client = SubscribeLimited("/events/a", 0);
  PublishMany("a", 1, 1000);
  // Its socket was full a moment ago: it is waited for, within the window.
  const std::string data(1000, 'x');
  ChannelDirectory::Published out;
  int accepted = 0;
  while (directory->Publish("a", {"", data}, {ring->WallNow(), 1, 1}, out) && accepted < 1000) {
    ++accepted;
    Exchange();
    Tick();
  }
  EXPECT_LT(accepted, 100);
  ring->Unlimit(slot);
  WaitForMessages(*client, static_cast<std::size_t>(accepted) + 1);
  Pass(Millis(100));
  EXPECT_TRUE(directory->TakeRelieved());
  EXPECT_TRUE(directory->Publish("a", {"", data}, {ring->WallNow(), 1, 1}, out));
}

// One that is late, not gone: its process was busy for longer than a socket is usually full.
class LateSubscriber : public SlowSubscriber {
 protected:
  LateSubscriber() { history = {.events = 0}; }

  void Start() {
    SlowSubscriber::Start();
    readers.push_back(Subscribe("/events/a"));
  }
};

TEST_F(LateSubscriber, IsWaitedForBeforeItLosesAnything) {
  Start();
  auto late = SubscribeLimited("/events/a", 0);
  PublishMany("a", 1, 1000);
  BecomeSilent();
  int accepted = Accepted();
  EXPECT_GT(accepted, 500) << "nobody waits for it as long as it loses nothing";
  EXPECT_LT(accepted, 1000);
  Pass(Millis(1'000));
  accepted += Accepted();
  EXPECT_LT(accepted, 1000);
  ring->Unlimit(slot);
  WaitForMessages(*late, static_cast<std::size_t>(accepted) + 1);
  EXPECT_EQ(stats().gaps.Get(), 0u);
  // It caught up, so that it is waited for again.
  ring->Limit(slot, 0);
  PublishMany("a", 1, 1000);
  BecomeSilent();
  EXPECT_LT(Accepted(), 1000);
  EXPECT_EQ(stats().gaps.Get(), 0u);
}

TEST_F(LateSubscriber, IsNotWaitedForWithoutEnd) {
  Start();
  auto late = SubscribeLimited("/events/a", 0);
  PublishMany("a", 1, 1000);
  BecomeSilent();
  EXPECT_LT(Accepted(), 1000);
  Pass(Millis(2'100));
  EXPECT_EQ(Accepted(), kMost);
  EXPECT_EQ(stats().gaps.Get(), 1u);
}

// One that is gone without a word: it has read nothing for longer than anybody is late.
TEST_F(LateSubscriber, IsNotWaitedForWhenItStoppedLongAgo) {
  Start();
  auto gone = SubscribeLimited("/events/a", 0);
  PublishMany("a", 1, 1000);
  Pass(Millis(2'100));
  EXPECT_EQ(Accepted(), kMost);
  EXPECT_EQ(stats().gaps.Get(), 1u);
}

TEST_F(LateSubscriber, ThatReadsNextToNothingIsWaitedForOnce) {
  Start();
  auto late = SubscribeLimited("/events/a", 0);
  PublishMany("a", 1, 1000);
  BecomeSilent();
  EXPECT_LT(Accepted(), 1000);
  for (int i = 0; i < 30; ++i) {  // three seconds
    ring->MakeRoom(slot, 1);
    Tick();
    Pass(Millis(100));
  }
  EXPECT_EQ(Accepted(), kMost);
}

// One that reads 900 kB/s; each event pushes the one before it out of the history.
TEST_F(LateSubscriber, IsWaitedForBeforeALargeEvent) {
  history = {.events = 1};
  SlowSubscriber::Start();
  auto late = SubscribeLimited("/events/a", 0);
  constexpr int kEvents = 4;
  for (int i = 0; i < kEvents; ++i) {
    const std::string data = Numbered(i, 900'000);
    ChannelDirectory::Published out;
    bool taken = false;
    for (int round = 0; round < 20 && !taken; ++round) {
      taken = directory->Publish("a", {"", data}, {ring->WallNow(), 1, 1}, out);
      Exchange();
      ring->MakeRoom(slot, 90'000);
      Tick();
      Pass(Millis(100));
      late->Poll();
    }
    ASSERT_TRUE(taken) << "event " << i;
    ASSERT_FALSE(late->ended()) << "cut in the middle of an event that went away";
  }
  ring->Unlimit(slot);
  WaitForMessages(*late, kEvents);
  EXPECT_EQ(late->Messages().size(), static_cast<std::size_t>(kEvents));
  EXPECT_EQ(stats().gaps.Get(), 0u);
}

// What it missed is still in the history, where it can fetch it in its own time.
TEST_F(LateSubscriber, IsNotWaitedForWhileTheHistoryKeepsAll) {
  history = {.events = 100'000, .bytes = 64 << 20};
  Start();
  auto late = SubscribeLimited("/events/a", 0);
  PublishMany("a", 1, 1000);
  BecomeSilent();
  EXPECT_EQ(Accepted(), kMost);
  ring->Unlimit(slot);
  WaitForMessages(*late, kMost + 1);
  EXPECT_EQ(stats().gaps.Get(), 0u);
}

// A channel of twenty of which some have sockets that are full.
class CrowdedChannel : public SlowSubscriber {
 protected:
  void Subscribers(int full) {
    for (int i = 0; i < 20; ++i) {
      if (i < full) {
        readers.push_back(SubscribeLimited("/events/a", 0));
        full_slots.push_back(slot);
      } else {
        readers.push_back(Subscribe("/events/a"));
      }
    }
    PublishMany("a", 1, 1000);
  }
  std::vector<std::uint32_t> full_slots;
};

// However many do not read: the others' events come as soon as these have been waited for once.
TEST_F(CrowdedChannel, DoesNotWaitForThoseThatStopped) {
  history = {.events = 0};
  Start();
  Subscribers(14);
  Pass(Millis(250));
  EXPECT_LT(Accepted(), 1000);
  Pass(Millis(2'100));
  EXPECT_EQ(Accepted(), kMost);
}

// When many have full sockets and read on, each after a while, it is the machine that is slow: they
// are waited for however long it takes.
TEST_F(CrowdedChannel, WaitsForThoseThatReadOnHoweverSlowTheMachineIs) {
  history = {.events = 0};
  Start();
  Subscribers(8);
  int accepted = 0;
  for (int round = 0; round < 20; ++round) {
    Pass(Millis(400));
    for (const std::uint32_t full : full_slots) ring->MakeRoom(full, 2000);
    Tick();
    Tick();
    accepted += Accepted();
  }
  EXPECT_GT(accepted, 500);
  EXPECT_LT(accepted, 1000);
  EXPECT_EQ(stats().gaps.Get(), 0u);
}

}  // namespace
}  // namespace ringcast
