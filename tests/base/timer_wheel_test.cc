#include "base/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ringcast {
namespace {

struct LinksOf {
  std::vector<TimerLink>* timers;
  TimerLink& operator()(std::uint32_t index) const { return (*timers)[index]; }
};

struct Fixture {
  Fixture(std::size_t count, std::uint32_t now) : timers(count), wheel(LinksOf{&timers}, now) {}

  // Advances in one call and returns what fired.
  std::vector<std::uint32_t> Advance(std::uint32_t now) {
    std::vector<std::uint32_t> fired;
    EXPECT_TRUE(wheel.Advance(now, SIZE_MAX, [&](std::uint32_t i) { fired.push_back(i); }));
    EXPECT_TRUE(wheel.Validate());
    return fired;
  }

  std::vector<TimerLink> timers;
  TimerWheel<LinksOf> wheel;
};

using Indices = std::vector<std::uint32_t>;

TEST(TimerLink, IsTwelveBytes) { EXPECT_EQ(sizeof(TimerLink), 12u); }

TEST(TimerWheel, IsQuietWhenEmpty) {
  Fixture f(1, 100);
  EXPECT_EQ(f.wheel.size(), 0u);
  EXPECT_EQ(f.wheel.NextTick(), UINT32_MAX);
  EXPECT_EQ(f.Advance(UINT32_MAX), Indices());
}

// One timer, alone: not a tick early, not a tick late, whether time jumps or goes where NextTick()
// says.
void ExpectExact(std::uint32_t now, std::uint32_t ahead) {
  const std::uint32_t deadline = now + ahead;
  SCOPED_TRACE(testing::Message() << "now " << now << ", ahead " << ahead);
  {
    Fixture f(1, now);
    f.wheel.Schedule(0, deadline);
    ASSERT_TRUE(f.wheel.armed(0));
    ASSERT_TRUE(f.wheel.Validate());
    ASSERT_EQ(f.Advance(deadline - 1), Indices());
    ASSERT_EQ(f.wheel.NextTick(), deadline) << "one tick before, the bound is exact";
    ASSERT_EQ(f.Advance(deadline), Indices({0}));
    ASSERT_FALSE(f.wheel.armed(0));
    ASSERT_EQ(f.wheel.size(), 0u);
  }
  {
    Fixture f(1, now);
    f.wheel.Schedule(0, deadline);
    std::uint32_t at = now;
    for (int steps = 0; f.wheel.armed(0); ++steps) {
      ASSERT_LT(steps, 6) << "a timer moves down at most five times";
      const std::uint32_t next = f.wheel.NextTick();
      ASSERT_GT(next, at);
      ASSERT_LE(next, deadline);
      ASSERT_EQ(f.Advance(next), next == deadline ? Indices({0}) : Indices());
      at = next;
    }
  }
}

TEST(TimerWheel, FiresOnTheTickFromEverySlot) {
  // Every slot of the two finest levels from several phases of the wheel.
  for (std::uint32_t now : {0u, 1u, 62u, 63u, 64u, 100u, 4095u, 4096u, 262143u, 0x3fffffffu}) {
    for (std::uint32_t ahead = 1; ahead <= 64 * 66; ahead += ahead < 200 ? 1 : 31) {
      ExpectExact(now, ahead);
      if (HasFatalFailure()) return;
    }
  }
  // Every slot of every level, its first tick and those beside it.
  for (std::uint32_t now : {0u, 63u, 64u, 4097u, 0x12345678u, 0x3fffffffu, 0x7ffffffeu}) {
    for (unsigned level = 0; level < 6; ++level) {
      for (std::uint64_t slot = 1; slot < 64; ++slot) {
        for (int beside = -1; beside <= 1; ++beside) {
          const std::uint64_t deadline = (slot << level * 6) + static_cast<std::uint64_t>(beside);
          if (deadline <= now || deadline - now > 0x80000000u) continue;
          ExpectExact(now, static_cast<std::uint32_t>(deadline - now));
          if (HasFatalFailure()) return;
        }
      }
    }
    ExpectExact(now, 0x80000000u);
  }
}

TEST(TimerWheel, ReachesItsLastTick) {
  ExpectExact(UINT32_MAX - 5, 1);
  ExpectExact(UINT32_MAX - 5, 4);
  ExpectExact(UINT32_MAX - 1 - 0x80000000u, 0x80000000u);
}

TEST(TimerWheel, FiresALateTimerAtTheNextAdvance) {
  Fixture f(3, 1000);
  f.wheel.Schedule(0, 1000);
  f.wheel.Schedule(1, 3);
  EXPECT_LE(f.wheel.NextTick(), 1000u);
  Indices fired = f.Advance(1000);
  std::sort(fired.begin(), fired.end());
  EXPECT_EQ(fired, Indices({0, 1}));
  f.wheel.Schedule(2, 0);
  f.wheel.Cancel(2);
  EXPECT_EQ(f.Advance(1001), Indices());
}

TEST(TimerWheel, MovesAndCancels) {
  Fixture f(3, 0);
  f.wheel.Schedule(0, 10);
  f.wheel.Schedule(1, 20);
  f.wheel.Schedule(0, 100000);
  EXPECT_EQ(f.wheel.size(), 2u);
  EXPECT_TRUE(f.wheel.Validate());
  EXPECT_EQ(f.Advance(99), Indices({1}));
  f.wheel.Cancel(0);
  f.wheel.Cancel(0);
  f.wheel.Cancel(2);
  EXPECT_EQ(f.wheel.size(), 0u);
  EXPECT_EQ(f.wheel.NextTick(), UINT32_MAX);
  EXPECT_EQ(f.Advance(200000), Indices());
}

TEST(TimerWheel, FiresInTheOrderOfTicks) {
  Fixture f(6, 0);
  const std::uint32_t deadlines[] = {70000, 5, 4096, 63, 64, 300};
  for (std::uint32_t i = 0; i < 6; ++i) f.wheel.Schedule(i, deadlines[i]);
  EXPECT_EQ(f.Advance(70000), Indices({1, 3, 4, 5, 2, 0}));
}

TEST(TimerWheel, LetsAHandlerChangeWhatIsDue) {
  Fixture f(5, 0);
  for (std::uint32_t i = 0; i < 4; ++i) f.wheel.Schedule(i, 10);
  Indices fired;
  EXPECT_TRUE(f.wheel.Advance(50, SIZE_MAX, [&](std::uint32_t index) {
    fired.push_back(index);
    EXPECT_FALSE(f.wheel.armed(index));
    if (index == 0) {
      f.wheel.Cancel(1);           // due at the same tick
      f.wheel.Schedule(2, 30);     // due, put off within this call
      f.wheel.Schedule(3, 60);     // due, put off beyond it
      f.wheel.Schedule(4, 20);     // new, within this call
      f.wheel.Schedule(index, 0);  // itself, at once: the next call
    }
    EXPECT_TRUE(f.wheel.Validate());
  }));
  EXPECT_EQ(fired, Indices({0, 4, 2}));
  EXPECT_EQ(f.Advance(50), Indices({0}));
  EXPECT_EQ(f.Advance(60), Indices({3}));
}

TEST(TimerWheel, CatchesUpWithAPeriodicTimer) {
  Fixture f(1, 0);
  f.wheel.Schedule(0, 7);
  std::uint32_t count = 0;
  EXPECT_TRUE(f.wheel.Advance(700, SIZE_MAX,
                              [&](std::uint32_t i) { f.wheel.Schedule(i, (++count + 1) * 7); }));
  EXPECT_EQ(count, 100u);
}

// A slot full of timers neither fires nor moves down at one go.
TEST(TimerWheel, StopsAfterSoManySteps) {
  const std::uint32_t count = 1000;
  Fixture f(count, 0);
  for (std::uint32_t i = 0; i < count; ++i) f.wheel.Schedule(i, 5000 + i % 3);
  std::vector<std::uint32_t> ticks;
  std::size_t calls = 0;
  std::size_t fired_in_call = 0;
  auto fire = [&](std::uint32_t index) {
    ticks.push_back(5000 + index % 3);
    ++fired_in_call;
  };
  while (!f.wheel.Advance(6000, 10, fire)) {
    ASSERT_LE(fired_in_call, 10u);
    ASSERT_TRUE(f.wheel.Validate());
    ASSERT_LE(f.wheel.NextTick(), 6000u) << "work is left";
    fired_in_call = 0;
    ++calls;
  }
  EXPECT_EQ(ticks.size(), count);
  EXPECT_TRUE(std::is_sorted(ticks.begin(), ticks.end()));
  // Each is moved at most twice (5000 lies two levels up) and fired once, ten to a call.
  EXPECT_GE(calls, count * 2 / 10);
  EXPECT_LE(calls, count * 3 / 10);
}

TEST(TimerWheel, SkipsSilence) {
  Fixture f(2, 0);
  std::uint32_t now = 0;
  // Four thousand million ticks in all, many minutes for a wheel that goes through them one by one.
  for (int i = 0; i < 100000; ++i) {
    now += 40000;
    f.wheel.Schedule(0, now - 1);
    f.wheel.Schedule(1, now + 1000000);
    std::size_t fired = 0;
    ASSERT_TRUE(f.wheel.Advance(now, 64, [&](std::uint32_t) { ++fired; }));
    ASSERT_EQ(fired, 1u);
  }
}

TEST(TimerWheel, SeesThatItIsDamaged) {
  auto damaged = [](auto&& damage) {
    Fixture f(4, 0);
    for (std::uint32_t i = 0; i < 4; ++i) f.wheel.Schedule(i, i < 3 ? 500 : 7);
    EXPECT_TRUE(f.wheel.Validate());
    damage(f.timers);
    return !f.wheel.Validate();
  };
  EXPECT_TRUE(damaged([](auto& timers) { timers[1].deadline_tick = 9; }));
  EXPECT_TRUE(damaged([](auto& timers) { timers[1].prev = 2; }));
  EXPECT_TRUE(damaged([](auto& timers) { timers[1].next = 0; }));
  EXPECT_TRUE(damaged([](auto& timers) { timers[0].next = timers[1].next; }));
  EXPECT_TRUE(damaged([](auto& timers) { timers[2].next = timers[3].next; }));
}

TEST(TimerWheelDeathTest, RefusesWhatItCannotKeep) {
  Fixture f(1, 100);
  EXPECT_DEATH(f.wheel.Schedule(0, 101 + 0x80000000u), "within the wheel's reach");
  EXPECT_DEATH(f.wheel.Schedule(0, UINT32_MAX), "means never");
  EXPECT_DEATH(f.wheel.Schedule(0x80000000u, 200), "marks a sentinel");
  EXPECT_DEATH(f.Advance(99), "time does not go back");
  f.wheel.Schedule(0, 101);
  EXPECT_DEATH(
      f.wheel.Advance(101, 1, [&](std::uint32_t) { f.wheel.Advance(102, 1, [](auto) {}); }),
      "from its own handler");
}

}  // namespace
}  // namespace ringcast
