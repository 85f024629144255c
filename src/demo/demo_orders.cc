#include "demo/demo_orders.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace ringcast {

DemoOrders::Outcome DemoOrders::Put(DemoOrder order, MonoTime now) {
  const double events = order.kind == DemoOrder::Kind::kFlood ? kFloodEvents : 1;
  const std::lock_guard lock(mutex_);
  // Each shard has a clock of its own: the latest counts.
  const MonoTime counted = counted_at_.value_or(now);
  const double seconds = std::chrono::duration<double>(std::max(now, counted) - counted).count();
  counted_at_ = std::max(now, counted);
  allowance_ = std::min(allowance_ + seconds * kDemoEventsPerSecond, 2.0 * kDemoEventsPerSecond);
  if (allowance_ < events) return Outcome::kTooFast;
  if (waiting_.size() == kMostWaiting) return Outcome::kFull;
  allowance_ -= events;
  waiting_.push_back(std::move(order));
  changed_.notify_one();
  return Outcome::kTaken;
}

std::optional<DemoOrder> DemoOrders::Take(Millis at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] { return ended_ || !waiting_.empty(); });
  if (ended_ || waiting_.empty()) return std::nullopt;
  DemoOrder order = std::move(waiting_.front());
  waiting_.pop_front();
  return order;
}

void DemoOrders::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_one();
}

bool DemoOrders::ended() {
  const std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace ringcast
