// Settings that change while the shard runs: what streams that are there see of them, by a clock
// that the test sets.
#include <memory>
#include <string>
#include <vector>

#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;

class Settings : public test::ShardFixture {
 protected:
  std::vector<std::unique_ptr<StreamClient>> Streams(int count, const std::string& target) {
    std::vector<std::unique_ptr<StreamClient>> clients;
    for (int i = 0; i < count; ++i) clients.push_back(Subscribe(target));
    return clients;
  }
  // The answer to a connection that asks for a stream: its first event's type.
  std::string FirstEvent(StreamClient& client) {
    client.Get("/events/a");
    TickUntil([&] {
      client.Poll();
      return !client.Events().empty() || client.ended();
    });
    return client.Events().empty() ? "" : client.Events()[0].type;
  }
};

TEST_F(Settings, AShorterHeartbeatIsHeardByStreamsWhoseTimerWasFarAway) {
  options.heartbeat = Millis(0);
  options.idle_timeout = Millis(0);
  Start();
  const auto clients = Streams(20, "/events/a");
  Pass(Millis(60'000));
  EXPECT_EQ(stats().heartbeats.Get(), 0u);
  options.heartbeat = Millis(2000);
  Settle();
  Pass(Millis(2100));
  EXPECT_GE(stats().heartbeats.Get(), 20u);
  const std::uint64_t before = stats().heartbeats.Get();
  Pass(Millis(20'000));
  // Each beats every 1.5 to 2 s: no timer is lost, and none is there twice.
  EXPECT_GE(stats().heartbeats.Get() - before, 20u * 9);
  EXPECT_LE(stats().heartbeats.Get() - before, 20u * 14);
  options.heartbeat = Millis(0);
  Settle();
  const std::uint64_t until_off = stats().heartbeats.Get();
  Pass(Millis(60'000));
  EXPECT_EQ(stats().heartbeats.Get(), until_off);
  EXPECT_EQ(stats().streams.Get(), 20u);
}

TEST_F(Settings, WhatIsOverdueByShorterTimesDoesNotHappenAllAtOnce) {
  options.heartbeat = Millis(3'600'000);
  Start();
  const auto clients = Streams(100, "/events/a");
  Pass(Millis(60'000));
  options.heartbeat = Millis(10'000);
  Settle();
  std::uint64_t most = 0;
  for (int i = 0; i < 30; ++i) {
    const std::uint64_t before = stats().heartbeats.Get();
    Pass(Millis(50));
    most = std::max(most, stats().heartbeats.Get() - before);
  }
  EXPECT_EQ(stats().heartbeats.Get(), 100u);
  EXPECT_LT(most, 30u);
}

TEST_F(Settings, AnIdleTimeoutHoldsForStreamsThatAreThere) {
  options.idle_timeout = Millis(0);
  Start();
  auto client = Subscribe("/events/a");
  Pass(Millis(5000));
  options.idle_timeout = Millis(8000);
  Settle();
  Pass(Millis(2500));
  EXPECT_EQ(stats().streams.Get(), 1u) << "7.5 s of 8";
  Pass(Millis(1000));
  EXPECT_EQ(Closed(CloseReason::kIdle), 1u);
}

TEST_F(Settings, ALifetimeMovesByTheDifference) {
  options.max_lifetime = Millis(100'000);
  Start();
  auto client = Subscribe("/events/a");
  Pass(Millis(20'000));
  options.max_lifetime = Millis(50'000);
  Settle();
  Pass(Millis(15'000));  // at 35 s of 40 to 60
  EXPECT_EQ(stats().streams.Get(), 1u);
  options.max_lifetime = Millis(0);
  Settle();
  Pass(Millis(600'000));
  EXPECT_EQ(stats().streams.Get(), 1u) << "without a limit";
  options.max_lifetime = Millis(10'000);
  Settle();
  Pass(Millis(8000));
  EXPECT_EQ(stats().streams.Get(), 1u) << "it counts from when the limit came";
  Pass(Millis(4000));
  EXPECT_EQ(Closed(CloseReason::kLifetime), 1u);
}

TEST_F(Settings, AMuchShorterLifetimeEndsAllStreamsWithinIt) {
  options.max_lifetime = Millis(3'600'000);
  Start();
  const auto clients = Streams(50, "/events/a");
  Pass(Millis(60'000));
  options.max_lifetime = Millis(10'000);
  Settle();
  Pass(Millis(12'000));  // the spread of an hour, 6 min, is not theirs any more
  EXPECT_EQ(Closed(CloseReason::kLifetime), 50u);
}

TEST_F(Settings, AFullSocketIsJudgedByTheNewStallTimeout) {
  options.stall_timeout = Millis(3'600'000);
  Start();
  auto client = Subscribe("/events/a");
  const std::string data(60'000, 'x');
  TickUntil([&] {
    if (stats().stalls.Get() == 0) Publish("a", data);
    return stats().stalls.Get() > 0;
  });
  Pass(Millis(10'000));
  EXPECT_EQ(stats().streams.Get(), 1u);
  options.stall_timeout = Millis(5000);
  Settle();
  Pass(Millis(1500));
  EXPECT_EQ(Closed(CloseReason::kStalled), 1u);
}

TEST_F(Settings, FewerConnectionsCutNobody) {
  Start();
  auto clients = Streams(5, "/events/a");
  options.capacity = 2;
  Settle();
  EXPECT_EQ(stats().streams.Get(), 5u);
  EXPECT_EQ(FirstEvent(*Connect()), "overload");
  Publish("a", "x");
  for (auto& client : clients) WaitForMessages(*client, 1);
  clients.resize(1);
  TickUntil([&] { return stats().connections.Get() == 1; });
  clients.push_back(Subscribe("/events/a"));
  EXPECT_EQ(FirstEvent(*Connect()), "overload");
  options.capacity = 900;
  Settle();
  EXPECT_EQ(FirstEvent(*Connect()), "connected");
}

TEST_F(Settings, AddressesAreLimitedFromTheAcknowledgementOn) {
  Start();
  const auto before = Streams(3, "/events/a");
  options.address_limits.connections = 2;
  Settle();
  const auto within = Streams(2, "/events/a");
  EXPECT_EQ(FirstEvent(*Connect()), "overload");
  EXPECT_EQ(stats().streams.Get(), 5u);
  options.address_limits.connections = 0;
  Settle();
  const auto unlimited = Streams(5, "/events/a");
  options.address_limits.connections = 2;
  Settle();
  EXPECT_EQ(FirstEvent(*Connect()), "overload") << "those from before are still counted";
  EXPECT_EQ(stats().streams.Get(), 10u);
}

TEST_F(Settings, ALimitOfSubscribersCountsThoseWhoCameBeforeIt) {
  Start();
  auto clients = Streams(3, "/events/a");
  options.max_subscribers_per_channel = 3;
  Settle();
  EXPECT_EQ(FirstEvent(*Connect()), "overload");
  clients.pop_back();
  TickUntil([&] { return stats().connections.Get() == 2; });
  clients.push_back(Subscribe("/events/a"));
  options.max_subscribers_per_channel = 0;
  Settle();
  for (auto& more : Streams(3, "/events/a")) clients.push_back(std::move(more));
  options.max_subscribers_per_channel = 7;
  Settle();
  EXPECT_EQ(FirstEvent(*Connect()), "connected");
}

TEST_F(Settings, NothingIsAcknowledgedBeforeItIsInForce) {
  options.idle_timeout = Millis(0);
  Start();
  auto client = Subscribe("/events/a");
  options.retry = Millis(7000);
  Route events;
  events.origins = OriginPolicy({"https://example.org"});
  options.routes = std::make_shared<const RouteTable>(std::move(events));
  settings().Post(std::make_unique<const ShardSettings>(options));
  EXPECT_FALSE(settings().Acknowledged());
  Tick();
  EXPECT_TRUE(settings().Acknowledged()) << "no timer and no accept goes by these";
  auto later = Subscribe("/events/a", "Origin: https://example.org\r\n");
  EXPECT_NE(later->head().find("https://example.org"), std::string::npos);
  EXPECT_NE(later->Text().find("retry: 7000\n"), std::string::npos) << later->Text();
}

TEST_F(Settings, ADrainThatBeginsMeanwhileEndsAsEver) {
  Start();
  const auto clients = Streams(10, "/events/a");
  options.max_lifetime = Millis(1000);
  options.heartbeat = Millis(100);
  settings().Post(std::make_unique<const ShardSettings>(options));
  control.phase.store(RunPhase::kDraining);
  // The kernel shuts sockets down in its own time, which does not pass with the simulated one.
  TickUntil([&] {
    ring->Advance(Millis(50));
    return !running;
  });
  EXPECT_FALSE(running);
  EXPECT_EQ(Closed(CloseReason::kDrain), 10u);
}

}  // namespace
}  // namespace ringcast
