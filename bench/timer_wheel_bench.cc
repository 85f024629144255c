// The timer wheel with a million timers, each inside a record of 64 bytes as in a connection: what
// one scheduling, one cancelling, one firing and one idle tick cost. Timers are touched at random,
// so the figures are those of memory that is not in the cache. Ticks are meant as 100 ms.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "allocation_count.h"
#include "base/check.h"
#include "base/rng.h"
#include "base/timer_wheel.h"

namespace ringcast {
namespace {

constexpr std::uint32_t kTimers = 1000000;
constexpr std::uint32_t kHourTicks = 36000;     // an idle timeout
constexpr std::uint32_t kHeartbeatTicks = 150;  // 15 s

struct alignas(64) Record {
  TimerLink timer;
};

struct LinksOf {
  std::vector<Record>* records;
  TimerLink& operator()(std::uint32_t index) const { return (*records)[index].timer; }
};

// A million timers, armed at random up to `spread_ticks` ahead.
struct Timers {
  explicit Timers(std::uint32_t spread_ticks) : records(kTimers), wheel(LinksOf{&records}, 0) {
    for (std::uint32_t i = 0; i < kTimers; ++i) {
      wheel.Schedule(i, 1 + static_cast<std::uint32_t>(rng.Below(spread_ticks)));
    }
  }
  std::uint32_t AnyIndex() { return static_cast<std::uint32_t>(rng.Below(kTimers)); }

  std::vector<Record> records;
  TimerWheel<LinksOf> wheel;
  Rng rng{1};
};

void ScheduleAgain(benchmark::State& state) {
  Timers timers(kHourTicks);
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) {
    timers.wheel.Schedule(timers.AnyIndex(),
                          1 + static_cast<std::uint32_t>(timers.rng.Below(kHourTicks)));
  }
  RC_CHECK(bench::AllocationCount() == allocations, "a running wheel allocates nothing");
  RC_CHECK(timers.wheel.size() == kTimers && timers.wheel.Validate(), "no timer is lost");
}
BENCHMARK(ScheduleAgain)->Repetitions(5)->DisplayAggregatesOnly(true);

void CancelAndSchedule(benchmark::State& state) {
  Timers timers(kHourTicks);
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) {
    const std::uint32_t index = timers.AnyIndex();
    timers.wheel.Cancel(index);
    timers.wheel.Schedule(index, 1 + static_cast<std::uint32_t>(timers.rng.Below(kHourTicks)));
  }
  RC_CHECK(bench::AllocationCount() == allocations, "a running wheel allocates nothing");
  RC_CHECK(timers.wheel.size() == kTimers && timers.wheel.Validate(), "no timer is lost");
}
BENCHMARK(CancelAndSchedule)->Repetitions(5)->DisplayAggregatesOnly(true);

// A heartbeat each: every tick fires one in 150 of the timers and arms it again. Time is per tick;
// items are the timers fired.
void AdvanceWithHeartbeats(benchmark::State& state) {
  Timers timers(kHeartbeatTicks);
  std::uint32_t now = 0;
  std::uint64_t fired = 0;
  auto tick = [&] {
    ++now;
    const bool done = timers.wheel.Advance(now, SIZE_MAX, [&](std::uint32_t index) {
      RC_CHECK(timers.records[index].timer.deadline_tick == now, "a timer fires on its tick");
      timers.wheel.Schedule(index, now + kHeartbeatTicks);
      ++fired;
    });
    RC_CHECK(done, "nothing stopped it");
  };
  for (std::uint32_t i = 0; i < kHeartbeatTicks; ++i) tick();
  RC_CHECK(fired == kTimers, "every timer fires once in its period");
  fired = 0;
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) tick();
  RC_CHECK(bench::AllocationCount() == allocations, "a running wheel allocates nothing");
  RC_CHECK(timers.wheel.size() == kTimers && timers.wheel.Validate(), "no timer is lost");
  state.SetItemsProcessed(static_cast<std::int64_t>(fired));
}
BENCHMARK(AdvanceWithHeartbeats)->Repetitions(5)->DisplayAggregatesOnly(true);

// A million timers that are not due, and a tick that has nothing to do.
void AdvanceIdle(benchmark::State& state) {
  Timers timers(1);  // all at tick 1; none is left there
  for (std::uint32_t i = 0; i < kTimers; ++i) timers.wheel.Schedule(i, std::uint32_t{1} << 31);
  std::uint32_t now = 0;
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) {
    const bool done = timers.wheel.Advance(
        ++now, SIZE_MAX, [](std::uint32_t) { RC_CHECK(false, "nothing is due"); });
    benchmark::DoNotOptimize(done);
  }
  RC_CHECK(bench::AllocationCount() == allocations, "a running wheel allocates nothing");
  RC_CHECK(now < std::uint32_t{1} << 31, "the benchmark ends before the timers are due");
}
BENCHMARK(AdvanceIdle)->Repetitions(5)->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
