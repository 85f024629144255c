// The writer's side of a channel's log: an event of 100 bytes appended to a history that is full,
// so that each one makes the oldest go. Time is per event.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>

#include "allocation_count.h"
#include "base/check.h"
#include "hub/channel_log.h"

namespace ringcast {
namespace {

constexpr std::uint32_t kFrameBytes = 160;  // 100 bytes of data as they are sent

void AppendAndTrim(benchmark::State& state) {
  HistoryLimits limits;
  limits.events = static_cast<std::uint32_t>(state.range(0));
  limits.bytes = UINT64_MAX;
  SegmentPool pool;
  ChannelLog log;
  Sequence sequence = 0;
  auto append = [&] {
    ++sequence;
    std::memset(log.Append(pool, sequence, 0, kFrameBytes), 'x', kFrameBytes);
    log.Trim(limits, 0);
    log.Release(pool, log.head());
  };
  // Until the history is full and its segments have grown to their size.
  for (std::uint32_t i = 0; i < limits.events + 20'000; ++i) append();
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) append();
  RC_CHECK(bench::AllocationCount() == allocations, "a full history allocates nothing");
  RC_CHECK(log.kept_events() == limits.events, "the history keeps what it is told to");
  RC_CHECK(log.oldest_sequence() == sequence - limits.events + 1, "the oldest go first");
  RC_CHECK(log.head() == sequence * kFrameBytes, "positions count every byte");
  log.Clear(pool);
  RC_CHECK(pool.bytes_in_use() == 0, "every segment comes back");
}
BENCHMARK(AppendAndTrim)->Arg(10)->Arg(1000)->Repetitions(5)->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
