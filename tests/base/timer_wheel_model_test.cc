#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/rng.h"
#include "base/timer_wheel.h"

namespace ringcast {
namespace {

struct LinksOf {
  std::vector<TimerLink>* timers;
  TimerLink& operator()(std::uint32_t index) const { return (*timers)[index]; }
};

// Random actions against a plain ordered map, handlers that act included.
class Model {
 public:
  Model(std::uint64_t seed, std::uint32_t count, std::uint32_t now)
      : rng_(seed), count_(count), now_(now), timers_(count), wheel_(LinksOf{&timers_}, now) {}

  void Run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      const std::uint64_t what = rng_.Below(100);
      if (what < 60) {
        Schedule(Pick(), Tick(now_ - std::min(now_, 3u)));
      } else if (what < 75) {
        Cancel(Pick());
      } else {
        AdvanceTo(std::min(now_ + Distance(), kEnd));
      }
      if (step % 16 == 0) Compare();
    }
    AdvanceTo(kEnd);
    Compare();
  }

  std::size_t fired() const { return fired_; }

 private:
  static constexpr std::uint32_t kEnd = 0xf0000000;

  std::uint32_t Pick() { return static_cast<std::uint32_t>(rng_.Below(count_)); }
  // Of every order of magnitude alike, mostly small.
  std::uint32_t Distance() {
    return static_cast<std::uint32_t>(rng_.Next() >> (44 + rng_.Below(20)));
  }
  std::uint32_t Tick(std::uint32_t from) {
    if (rng_.Below(50) == 0) return std::min<std::uint64_t>(from + (rng_.Next() >> 33), kEnd);
    return std::min<std::uint64_t>(std::uint64_t{from} + Distance(), kEnd);
  }

  void Forget(std::uint32_t index) {
    const auto range = due_.equal_range(timers_[index].deadline_tick);
    for (auto at = range.first; at != range.second; ++at) {
      if (at->second == index) {
        due_.erase(at);
        break;
      }
    }
    late_.erase(index);
    postponed_.erase(index);
  }

  // Not from a handler. While an Advance() is unfinished the wheel's present lies anywhere up to
  // the tick it was told; whether it takes a tick before that for late is its own affair, and the
  // model only asks that such a timer fires before that Advance() is finished.
  void Schedule(std::uint32_t index, std::uint32_t tick) {
    Forget(index);
    wheel_.Schedule(index, tick);
    ASSERT_TRUE(wheel_.armed(index));
    if (tick <= now_) {
      late_.insert(index);
    } else {
      due_.emplace(tick, index);
    }
  }

  void Cancel(std::uint32_t index) {
    Forget(index);
    wheel_.Cancel(index);
    ASSERT_FALSE(wheel_.armed(index));
  }

  void AdvanceTo(std::uint32_t target) {
    ASSERT_TRUE((due_.empty() && late_.empty()) || wheel_.NextTick() != UINT32_MAX);
    if (late_.empty() && !due_.empty()) {
      ASSERT_LE(wheel_.NextTick(), due_.begin()->first);
    }
    last_tick_ = 0;
    while (true) {
      now_ = target;
      const std::size_t most = rng_.Below(3) == 0 ? 1 + rng_.Below(8) : SIZE_MAX;
      const std::size_t before = fired_;
      const bool done =
          wheel_.Advance(target, most, [&](std::uint32_t index) { Fired(index, target); });
      ASSERT_LE(fired_ - before, most);
      if (done) break;
      ASSERT_NE(most, SIZE_MAX);
      // Between the parts of an unfinished Advance() the owner goes on with its work.
      late_.merge(postponed_);
      if (rng_.Below(2) == 0) Schedule(Pick(), Tick(now_ - std::min(now_, 3u)));
      if (rng_.Below(2) == 0) Cancel(Pick());
    }
    ASSERT_TRUE(late_.empty()) << "a late timer did not fire";
    ASSERT_TRUE(due_.empty() || due_.begin()->first > target) << "a due timer did not fire";
    late_.merge(postponed_);
  }

  void Fired(std::uint32_t index, std::uint32_t target) {
    ++fired_;
    ASSERT_FALSE(wheel_.armed(index));
    if (late_.erase(index) > 0) {
      if (rng_.Below(4) == 0) Schedule(index, target + 1 + Distance() % 1000);
      return;
    }
    ASSERT_FALSE(postponed_.contains(index)) << "fired in the call it was scheduled in";
    ASSERT_FALSE(due_.empty());
    const std::uint32_t tick = due_.begin()->first;
    ASSERT_EQ(timers_[index].deadline_tick, tick) << "not in the order of ticks";
    ASSERT_LE(tick, target);
    ASSERT_GE(tick, last_tick_);
    last_tick_ = tick;
    Forget(index);
    for (std::uint64_t actions = rng_.Below(3); actions > 0; --actions) {
      const std::uint32_t other = rng_.Below(3) == 0 ? index : Pick();
      if (rng_.Below(3) == 0) {
        Cancel(other);
        continue;
      }
      // The present is `tick` while it is fired.
      const std::uint32_t at = Tick(tick - std::min(tick, 3u));
      Forget(other);
      wheel_.Schedule(other, at);
      if (at <= tick) {
        postponed_.insert(other);
      } else {
        due_.emplace(at, other);
      }
    }
  }

  void Compare() {
    ASSERT_TRUE(wheel_.Validate());
    ASSERT_EQ(wheel_.size(), due_.size() + late_.size());
    for (const auto& [tick, index] : due_) {
      ASSERT_TRUE(wheel_.armed(index));
      ASSERT_EQ(timers_[index].deadline_tick, tick);
    }
  }

  Rng rng_;
  std::uint32_t count_;
  std::uint32_t now_;
  std::uint32_t last_tick_ = 0;
  std::size_t fired_ = 0;
  std::vector<TimerLink> timers_;
  TimerWheel<LinksOf> wheel_;
  std::multimap<std::uint32_t, std::uint32_t> due_;  // tick -> index
  std::set<std::uint32_t> late_;                     // fire in the next call
  std::set<std::uint32_t> postponed_;                // made late by a handler: the call after
};

TEST(TimerWheel, AgreesWithAModel) {
  std::size_t fired = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Model model(seed, seed % 2 == 0 ? 200 : 12, static_cast<std::uint32_t>(seed * 12345));
    model.Run(3000);
    fired += model.fired();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(fired, 20000u) << "the runs did not exercise the wheel";
}

}  // namespace
}  // namespace ringcast
