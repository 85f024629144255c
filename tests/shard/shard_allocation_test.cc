// What a running shard allocates: nothing for an event, nothing for a delivery.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "allocation_count.h"
#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;

class ShardAllocation : public test::ShardFixture {
 protected:
  // Calls of operator new in the shard's own ticks until the clients have had everything.
  std::uint64_t TickAndCount(std::vector<std::unique_ptr<StreamClient>>& clients) {
    std::uint64_t count = 0;
    for (int i = 0; i < 6; ++i) {
      lanes->up.FinishSleep();
      const std::uint64_t before = bench::AllocationCount();
      shard->Tick(Nanos(0));
      count += bench::AllocationCount() - before;
      Exchange();
    }
    std::array<char, 65536> sink;
    for (auto& client : clients) {
      while (::recv(client->socket().fd(), sink.data(), sink.size(), MSG_DONTWAIT) > 0) {
      }
    }
    return count;
  }

  std::uint64_t SteadyState(std::vector<std::unique_ptr<StreamClient>>& clients, int events) {
    constexpr int kWarmUp = 50;
    constexpr int kRounds = 200;
    std::uint64_t count = 0;
    for (int round = 0; round < kWarmUp + kRounds; ++round) {
      for (int i = 0; i < events; ++i) Publish(i % 2 == 0 ? "a" : "b", std::string(100, 'x'));
      Exchange();
      const std::uint64_t now = TickAndCount(clients);
      if (round >= kWarmUp) count += now;
    }
    return count;
  }
};

TEST_F(ShardAllocation, LiveDeliveryAllocatesNothing) {
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(Subscribe("/events/a"));
  for (int i = 0; i < 20; ++i) clients.push_back(Subscribe("/events/a", "", "HTTP/1.0"));
  EXPECT_EQ(SteadyState(clients, 6), 0u);
  EXPECT_GT(stats().deliveries.Get(), 200u * 3 * 70);
}

TEST_F(ShardAllocation, StreamsWithSeveralChannelsAllocateNothing) {
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(Subscribe("/events?channel=a&channel=b"));
  EXPECT_EQ(SteadyState(clients, 6), 0u);
  EXPECT_GT(stats().deliveries.Get(), 200u * 6 * 50);
}

TEST_F(ShardAllocation, StreamsWithAFilterAllocateNothing) {
  std::vector<Route> routes(2);
  routes[0].path = *RoutePattern::Parse("/some");
  routes[0].events = EventFilter({"message", "a type that is longer than a short string holds"});
  routes[1].path = *RoutePattern::Parse("/none");
  routes[1].events = EventFilter({"other"});
  for (Route& route : routes) route.channels = {*ChannelTemplate::Parse("a")};
  options.routes = std::make_shared<const RouteTable>(Route{}, std::move(routes));
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(Subscribe(i % 2 == 0 ? "/some" : "/none"));
  EXPECT_EQ(SteadyState(clients, 6), 0u);
  EXPECT_GT(stats().deliveries.Get(), 200u * 3 * 25);
  EXPECT_LT(stats().deliveries.Get(), 260u * 3 * 25);
}

TEST_F(ShardAllocation, HeartbeatsAllocateNothing) {
  options.heartbeat = Millis(1000);
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(Subscribe("/events/a"));
  std::uint64_t count = 0;
  for (int i = 0; i < 100; ++i) {
    ring->Advance(Millis(50));
    const std::uint64_t now = TickAndCount(clients);
    if (i >= 40) count += now;
  }
  EXPECT_EQ(count, 0u);
  EXPECT_GT(stats().heartbeats.Get(), 100u);
}

TEST_F(ShardAllocation, AStallAndItsEndAllocateNothingWhileTheLogKeepsTheBytes) {
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  clients.push_back(Subscribe("/events/a"));
  const std::uint32_t slot = ring->last_slot();
  std::uint64_t count = 0;
  for (int round = 0; round < 100; ++round) {
    ring->Limit(slot, 50);
    Publish("a", std::string(200, 'x'));
    Exchange();
    lanes->up.FinishSleep();
    shard->Tick(Nanos(0));  // the script itself allocates where a socket is full
    ring->Unlimit(slot);
    const std::uint64_t now = TickAndCount(clients);
    if (round >= 20) count += now;
  }
  EXPECT_EQ(count, 0u);
  EXPECT_GE(stats().stalls.Get(), 100u);
}

}  // namespace
}  // namespace ringcast
