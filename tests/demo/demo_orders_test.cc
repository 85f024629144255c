#include "demo/demo_orders.h"

#include <gtest/gtest.h>

#include <thread>

namespace ringcast {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Outcome = DemoOrders::Outcome;

const MonoTime kStart{1s};

DemoOrder Event(std::string data) { return {DemoOrder::Kind::kPublish, "a", "", std::move(data)}; }
DemoOrder Flood() { return {DemoOrder::Kind::kFlood, "a", "", ""}; }

TEST(DemoOrders, AreTakenInTheirOrder) {
  DemoOrders orders;
  EXPECT_FALSE(orders.Take(1ms));
  EXPECT_EQ(orders.Put(Event("first"), kStart), Outcome::kTaken);
  EXPECT_EQ(orders.Put(Event("second"), kStart), Outcome::kTaken);
  EXPECT_EQ(orders.Take(1ms)->data, "first");
  EXPECT_EQ(orders.Take(1ms)->data, "second");
  EXPECT_FALSE(orders.Take(1ms));
}

TEST(DemoOrders, NoMoreWaitThanFit) {
  DemoOrders orders;
  int taken = 0;
  while (orders.Put(Event("x"), kStart) == Outcome::kTaken) ++taken;
  EXPECT_EQ(taken, 64);
  EXPECT_EQ(orders.Put(Event("x"), kStart), Outcome::kFull);
  EXPECT_TRUE(orders.Take(1ms));
  EXPECT_EQ(orders.Put(Event("x"), kStart), Outcome::kTaken);
}

TEST(DemoOrders, AThousandEventsASecondAfterABurst) {
  DemoOrders orders;
  EXPECT_EQ(orders.Put(Flood(), kStart), Outcome::kTaken);
  EXPECT_EQ(orders.Put(Flood(), kStart), Outcome::kTaken);
  EXPECT_EQ(orders.Put(Flood(), kStart), Outcome::kTooFast);
  EXPECT_EQ(orders.Put(Event("x"), kStart), Outcome::kTooFast);
  EXPECT_EQ(orders.Put(Event("x"), kStart + 2ms), Outcome::kTaken);
  EXPECT_EQ(orders.Put(Flood(), kStart + 900ms), Outcome::kTooFast);
  EXPECT_EQ(orders.Put(Flood(), kStart + 1002ms), Outcome::kTaken);
  EXPECT_EQ(orders.Put(Flood(), kStart), Outcome::kTooFast) << "a shard whose clock is behind";
}

TEST(DemoOrders, WhoWaitsForOneIsWoken) {
  DemoOrders orders;
  std::optional<DemoOrder> order;
  std::thread publisher([&] { order = orders.Take(60s); });
  orders.Put(Event("x"), kStart);
  publisher.join();
  ASSERT_TRUE(order);
  EXPECT_EQ(order->data, "x");

  std::thread idle([&] { order = orders.Take(60s); });
  orders.End();
  idle.join();
  EXPECT_FALSE(order);
  EXPECT_TRUE(orders.ended());
}

}  // namespace
}  // namespace ringcast
