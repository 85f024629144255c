// Streams with several channels: one order, and never a byte of one event inside another.
#include <string>
#include <vector>

#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;
using Strings = std::vector<std::string>;

class SharedStream : public test::ShardFixture {
 protected:
  SharedStream() { options.heartbeat = Millis(0); }

  std::unique_ptr<StreamClient> SubscribeBoth() {
    auto client = Subscribe("/events?channel=a&channel=b");
    slot = ring->last_slot();
    return client;
  }

  // The stream stalls inside an event of channel b, with everything of channel a sent.
  std::unique_ptr<StreamClient> StallInsideAnEventOfB() {
    auto client = SubscribeBoth();
    Publish("a", "first");
    WaitForMessages(*client, 1);
    ring->Limit(slot, 30);
    Publish("b", std::string(500, 'b'));
    Exchange();
    Tick();
    Tick();
    EXPECT_EQ(stats().stalls.Get(), 1u);
    return client;
  }

  // The socket has room again; the shard will hear of it in its next tick.
  void MakeRoomForTheNextTick() {
    ring->Unlimit(slot);
    ring->Submit(/*run_deferred=*/true);
  }

  std::uint32_t slot = 0;
};

TEST_F(SharedStream, DeliversItsChannelsInTheServersOrder) {
  Start();
  auto client = SubscribeBoth();
  auto bare = Subscribe("/events?channel=b&channel=a", "", "HTTP/1.0");
  Strings expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(std::to_string(i));
    Publish(i % 3 == 0 ? "a" : "b", expected.back());
    if (i % 11 == 0) Tick();
  }
  WaitForMessages(*client, 200);
  WaitForMessages(*bare, 200);
  EXPECT_EQ(client->Messages(), expected);
  EXPECT_EQ(bare->Messages(), expected);
  EXPECT_EQ(stats().deliveries.Get(), 400u);
}

TEST_F(SharedStream, ServesSixtyFourChannels) {
  Start();
  std::string target = "/events?channel=c0";
  for (int i = 1; i < 64; ++i) target += "&channel=c" + std::to_string(i);
  auto client = Subscribe(target);
  Strings expected;
  for (int i = 0; i < 500; ++i) {
    expected.push_back(std::to_string(i));
    Publish("c" + std::to_string(i * 7 % 64), expected.back());
  }
  WaitForMessages(*client, 500);
  EXPECT_EQ(client->Messages(), expected);
  client->socket().Close();
  TickUntil([&] { return stats().channels.Get() == 0; });
}

TEST_F(SharedStream, StandsBesideStreamsOfOneChannel) {
  Start();
  auto both = SubscribeBoth();
  auto only_a = Subscribe("/events/a");
  auto only_b = Subscribe("/events/b");
  Publish("a", "1");
  Publish("b", "2");
  Publish("a", "3");
  WaitForMessages(*both, 3);
  WaitForMessages(*only_a, 2);
  WaitForMessages(*only_b, 1);
  EXPECT_EQ(both->Messages(), (Strings{"1", "2", "3"}));
  EXPECT_EQ(only_a->Messages(), (Strings{"1", "3"}));
  EXPECT_EQ(only_b->Messages(), Strings{"2"});
}

TEST_F(SharedStream, GoesOnWithTheChannelsThatAreLeft) {
  Start();
  auto client = SubscribeBoth();
  EXPECT_TRUE(directory->Delete("a"));
  Exchange();
  TickUntil([&] {
    client->Poll();
    return !client->OfType("end").empty();
  });
  EXPECT_EQ(client->OfType("end")[0].data, R"({"channel":"a"})");
  Publish("b", "goes on");
  WaitForMessages(*client, 1);
  EXPECT_FALSE(client->ended());
}

// All of it is in the lane when the shard looks.
TEST_F(SharedStream, StaysWhileAChannelEndsAndBeginsAnewSeveralTimesAtOnce) {
  Start();
  auto client = SubscribeBoth();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(directory->Delete("a"));
    Publish("a", std::to_string(i));
  }
  Exchange();
  WaitForMessages(*client, 3);
  EXPECT_EQ(client->OfType("end").size(), 3u);
  Publish("b", "goes on");
  WaitForMessages(*client, 4);
  EXPECT_EQ(client->Messages(), (Strings{"0", "1", "2", "goes on"}));
  EXPECT_FALSE(client->ended());
  EXPECT_EQ(Closed(CloseReason::kChannelEnded), 0u);
}

TEST_F(SharedStream, ADeletedChannelsLastEventIsDelivered) {
  Start();
  auto client = SubscribeBoth();
  Publish("a", "last words");
  EXPECT_TRUE(directory->Delete("a"));
  Exchange();
  WaitForMessages(*client, 1);
  EXPECT_EQ(client->Messages(), Strings{"last words"});
  TickUntil([&] {
    client->Poll();
    return !client->OfType("end").empty() || client->ended();
  });
  EXPECT_TRUE(client->well_formed());
}

TEST_F(SharedStream, AChannelThatEndsDoesNotBreakAnEventOfAnother) {
  Start();
  auto client = StallInsideAnEventOfB();
  EXPECT_TRUE(directory->Delete("a"));
  Exchange();
  MakeRoomForTheNextTick();
  TickUntil([&] {
    client->Poll();
    return client->ended() || client->Messages().size() == 2;
  });
  Pass(Millis(100));
  client->Poll();
  EXPECT_TRUE(client->well_formed()) << client->raw();
}

TEST_F(SharedStream, ADrainDoesNotBreakAnEvent) {
  Start();
  auto client = StallInsideAnEventOfB();
  MakeRoomForTheNextTick();
  control.phase = RunPhase::kDraining;
  WaitForEnd(*client);
  EXPECT_TRUE(client->well_formed()) << client->raw();
  // Either the event comes to its end or it is left unfinished: nothing else stands in it.
  for (const test::NaiveEvent& event : client->Events()) {
    if (event.type == "message") {
      EXPECT_TRUE(event.data == "first" || event.data == std::string(500, 'b'));
    }
    EXPECT_TRUE(ParseEventId(event.id).has_value()) << event;
  }
}

TEST_F(SharedStream, AGapOfOneChannelDoesNotBreakAnEventOfAnother) {
  history = {.events = 0};
  options.stall_timeout = Millis(3'600'000);
  Start();
  auto client = StallInsideAnEventOfB();
  Pass(Millis(300));
  for (int i = 0; i < 300; ++i) {
    Publish("a", std::to_string(i) + ":" + std::string(8000, 'a'));
    Tick();
  }
  ASSERT_EQ(stats().gaps.Get(), 1u);
  ring->Unlimit(slot);
  TickUntil([&] {
    client->Poll();
    const Strings messages = client->Messages();
    return !client->well_formed() || (!messages.empty() && messages.back().starts_with("299:"));
  });
  ASSERT_TRUE(client->well_formed());
  EXPECT_EQ(client->OfType("gap").size(), 1u);
  const Strings messages = client->Messages();
  EXPECT_EQ(messages[0], "first");
  EXPECT_EQ(messages[1], std::string(500, 'b')) << "it comes to its end before the gap";
}

}  // namespace
}  // namespace ringcast
