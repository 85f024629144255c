// Two shards of which one accepts: newcomers are shared out, and live on where they end up.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/address_limits.h"
#include "hub/channel_directory.h"
#include "shard/scripted_ring.h"
#include "shard/shard.h"
#include "shard/stream_client.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

using test::ScriptedRing;
using test::StreamClient;

class PassOn : public testing::Test {
 protected:
  struct Side {
    std::unique_ptr<ScriptedRing> ring;
    std::unique_ptr<ShardLanes> lanes;
    ShardPublic seen;
    std::unique_ptr<Shard<ScriptedRing>> shard;
  };

  // `slots`: of the second shard's table.
  void Start(std::uint32_t first_capacity, std::uint32_t second_capacity, unsigned slots,
             std::uint64_t connections_per_address = 0) {
    listener_ = std::move(*OpenTcpListener({.host = "127.0.0.1", .defer_accept = Millis(0)}));
    addresses_ = std::make_unique<AddressLimits>(
        AddressLimits::Options{.connections = connections_per_address});
    directory_ = std::make_unique<ChannelDirectory>(kScheme, kKey, HistoryLimits{}, 2u, 1u);
    for (std::size_t i = 0; i < 2; ++i) {
      Result<std::unique_ptr<Ring>> ring = Ring::Create({256, 4096, i == 0 ? 512u : slots});
      ASSERT_TRUE(ring.ok());
      ASSERT_TRUE((*ring)->AddBuffers(16, 2048).ok());
      sides[i].ring = std::make_unique<ScriptedRing>(std::move(*ring));
      sides[i].lanes = std::make_unique<ShardLanes>(1024);
      sides[i].seen.ring = sides[i].ring->handle();
      sides[i].seen.number = static_cast<std::uint16_t>(i);
      sides[i].seen.capacity.Set(i == 0 ? first_capacity : second_capacity);
    }
    for (unsigned i = 0; i < 2; ++i) {
      ShardOptions options;
      options.number = i;
      options.direct_slots = i == 0 ? 512 : slots;
      options.capacity = i == 0 ? first_capacity : second_capacity;
      options.address_limits.connections = connections_per_address;
      if (i == 0) options.listeners = {{listener_.get(), true}};
      options.scheme = kScheme;
      options.hash_key = kKey;
      sides[i].shard = std::make_unique<Shard<ScriptedRing>>(
          options, *sides[i].ring, *sides[i].lanes,
          std::vector<ShardPublic*>{&sides[0].seen, &sides[1].seen}, RingHandle{}, 0, control_,
          *addresses_);
    }
    Tick();
  }

  void Tick() {
    for (unsigned i = 0; i < 2; ++i) {
      Side& side = sides[i];
      side.lanes->up.FinishSleep();
      side.shard->Tick(Nanos(0));
      while (const ToSequencer* message = side.lanes->up.Front()) {
        directory_->Receive(i, *message);
        side.lanes->up.Pop();
      }
      side.lanes->up.Release();
    }
    directory_->CollectChanges();
    for (unsigned i = 0; i < 2; ++i) {
      SpscQueue<ToShard>& down = sides[i].lanes->down;
      ASSERT_GE(down.FreeSlots(directory_->outbox(i).size()), directory_->outbox(i).size());
      for (const ToShard& message : directory_->outbox(i)) down.Stage(message);
      down.Commit();
      directory_->ClearOutbox(i);
    }
  }
  void TickUntil(const std::function<bool()>& so) {
    const MonoTime until = MonotonicNow() + std::chrono::seconds(10);
    while (!so()) {
      ASSERT_LT(MonotonicNow(), until) << "it never came to that";
      Tick();
    }
  }
  std::unique_ptr<StreamClient> Subscribe(const std::string& target) {
    auto client = std::make_unique<StreamClient>(BoundPort(listener_));
    client->Get(target);
    TickUntil([&] {
      client->Poll();
      return client->Events().size() > 0 || client->ended();
    });
    return client;
  }
  void Publish(const std::string& channel, const std::string& data) {
    ChannelDirectory::Published published;
    ASSERT_TRUE(directory_->Publish(channel, {"", data}, {1'700'000'000'001, 1, 1}, published));
  }
  struct Answers {
    std::size_t served = 0;
    std::size_t turned_away = 0;
    std::size_t dropped = 0;  // closed without an answer
  };
  // So many ask for a stream at the same moment. Who is turned away closes, the others stay.
  Answers Burst(std::size_t count) {
    std::vector<std::unique_ptr<StreamClient>> waiting;
    for (std::size_t i = 0; i < count; ++i) {
      waiting.push_back(std::make_unique<StreamClient>(BoundPort(listener_)));
      waiting.back()->Get("/events/a");
    }
    Answers answers;
    TickUntil([&] {
      for (int i = 0; i < 8; ++i) Tick();
      for (Side& side : sides) side.ring->Advance(Millis(1));
      std::erase_if(waiting, [&](std::unique_ptr<StreamClient>& client) {
        client->Poll();
        if (client->has_head() && !client->OfType("connected").empty()) {
          ++answers.served;
          burst_.push_back(std::move(client));
          return true;
        }
        if (client->has_head() && !client->OfType("overload").empty()) {
          ++answers.turned_away;
          return true;
        }
        if (!client->ended()) return false;
        ++answers.dropped;
        return true;
      });
      return waiting.empty();
    });
    return answers;
  }
  std::uint64_t Held(std::size_t side) const { return sides[side].seen.stats.connections.Get(); }

  static constexpr HashKey kKey{31, 32};
  const IdScheme kScheme{1'700'000'000'000, 0x55};
  UniqueFd listener_;
  RunControl control_;
  std::unique_ptr<AddressLimits> addresses_;
  std::unique_ptr<ChannelDirectory> directory_;
  Side sides[2];
  std::vector<std::unique_ptr<StreamClient>> burst_;
};

TEST_F(PassOn, NewcomersAreSharedOutAndServedWhereTheyAre) {
  Start(400, 400, 512);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(Subscribe("/events/a"));
  TickUntil([&] { return Held(0) + Held(1) == 60; });
  EXPECT_LE(Held(0), Held(1) + 6);
  EXPECT_GT(sides[0].seen.stats.passed_on.Get(), 20u);
  Publish("a", "for all");
  for (auto& client : clients) {
    TickUntil([&] {
      client->Poll();
      return client->Messages().size() == 1;
    });
    EXPECT_TRUE(client->well_formed());
  }
  ChannelInfo info;
  ASSERT_TRUE(directory_->Describe("a", info));
  EXPECT_EQ(info.subscribers, 60u);
  clients.clear();
  TickUntil([&] { return Held(0) + Held(1) == 0; });
  TickUntil([&] { return directory_->channel_count() == 1; });  // its history is kept
}

TEST_F(PassOn, AFullShardPassesEveryoneOn) {
  Start(3, 400, 512);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Subscribe("/events/a"));
  for (auto& client : clients) EXPECT_EQ(client->OfType("connected").size(), 1u);
  TickUntil([&] { return Held(0) == 3; });
  EXPECT_EQ(Held(1), 17u);
}

TEST_F(PassOn, WhenTheOtherTableIsFullTheNewcomerStays) {
  // The second shard has fewer slots than it believes: what it cannot take stays with the first.
  Start(400, 400, 4);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 30; ++i) clients.push_back(Subscribe("/events/a"));
  for (auto& client : clients) EXPECT_EQ(client->OfType("connected").size(), 1u);
  TickUntil([&] { return Held(0) + Held(1) == 30; });
  EXPECT_LE(Held(1), 4u);
}

// The other side's table holds it, and nobody there knows: it cannot be served by closing it here,
// so its client is sent away to come back.
TEST_F(PassOn, OneThatTheOtherIsNotToldOfComesToItsEnd) {
  Start(1, 400, 512, /*connections_per_address=*/2);
  const auto first = Subscribe("/events/a");
  sides[0].ring->TellNobodyOfTheNextPass(kShardDoorbell);
  StreamClient lost(BoundPort(listener_));
  lost.Get("/events/a");
  TickUntil([&] {
    lost.Poll();
    return lost.ended();
  });
  TickUntil([&] { return Held(0) + Held(1) == 1; });
  EXPECT_EQ(sides[1].seen.incoming.load(), 0u);
  EXPECT_EQ(Subscribe("/events/a")->OfType("connected").size(), 1u) << "it comes back";
}

TEST_F(PassOn, WhenAllAreFullTheNewcomerIsTurnedAway) {
  Start(2, 2, 512);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(Subscribe("/events/a"));
  int connected = 0;
  for (auto& client : clients) connected += static_cast<int>(client->OfType("connected").size());
  EXPECT_EQ(connected, 4);
  EXPECT_EQ(clients[4]->OfType("overload").size(), 1u);
}

// More come at once than the tables have slots: those without a place wait in the backlog until
// they can be told so.
TEST_F(PassOn, OfABurstNobodyIsDroppedWithoutAnAnswer) {
  Start(448, 100, 356);
  const Answers answers = Burst(600);
  EXPECT_EQ(answers.dropped, 0u);
  EXPECT_EQ(answers.served, 548u);
  EXPECT_EQ(answers.turned_away, 52u);
}

// A connection on its way from one shard to the other takes one place, not two.
TEST_F(PassOn, ABurstThatFitsIsServedWhole) {
  Start(200, 200, 456);
  const Answers answers = Burst(400);
  EXPECT_EQ(answers.dropped, 0u);
  EXPECT_EQ(answers.served, 400u);
}

TEST_F(PassOn, AnAddressesCountGoesAlong) {
  Start(400, 400, 512, /*connections_per_address=*/10);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(Subscribe("/events/a"));
  EXPECT_GT(Held(1), 0u);
  EXPECT_EQ(Subscribe("/events/a")->OfType("overload").size(), 1u);
  clients.clear();
  TickUntil([&] { return Held(0) + Held(1) == 0; });
  for (int i = 0; i < 10; ++i) {
    clients.push_back(Subscribe("/events/a"));
    EXPECT_EQ(clients.back()->OfType("connected").size(), 1u) << "number " << i;
  }
}

}  // namespace
}  // namespace ringcast
