// Publishing events of 100 bytes to channels without subscribers: look-up, order, encoding and log.
// What the sequencer does for an event, without its socket. Time is per event.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "allocation_count.h"
#include "base/check.h"
#include "hub/channel_directory.h"

namespace ringcast {
namespace {

constexpr UnixMillis kStart = 1'700'000'000'000;
constexpr int kBatch = 100;  // events before the shards would be told

void Publish(benchmark::State& state) {
  const auto channel_count = static_cast<std::size_t>(state.range(0));
  HistoryLimits history;
  history.events = static_cast<std::uint32_t>(state.range(1));
  ChannelDirectory directory(IdScheme(kStart, 1), HashKey{1, 2}, history, /*shards=*/2, 1);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < channel_count; ++i) names.push_back("channel/" + std::to_string(i));
  const std::string data(100, 'x');
  std::uint64_t published_events = 0;
  auto publish = [&] {
    ChannelDirectory::Published published;
    const std::string& name = names[published_events % channel_count];
    RC_CHECK(directory.Publish(name, {"", data}, {kStart, 1, 1}, published),
             "without subscribers nobody is waited for");
    if (++published_events % kBatch == 0) directory.CollectChanges();
  };
  for (std::size_t i = 0; i < channel_count * (history.events + 1) * 3 + 20'000; ++i) publish();
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) publish();
  RC_CHECK(bench::AllocationCount() == allocations, "full histories allocate nothing");
  directory.CollectChanges();
  RC_CHECK(directory.newest() == published_events, "each event has its place in the order");
  RC_CHECK(directory.channel_count() == (history.enabled() ? channel_count : 0),
           "a channel without subscribers and history is not there");
  if (history.enabled()) {
    ChannelInfo info;
    RC_CHECK(directory.Describe(names[0], info) && info.kept_events == history.events,
             "each channel's history is full");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Publish)
    ->ArgNames({"channels", "history"})
    ->Args({1, 0})
    ->Args({1, 1000})
    ->Args({10'000, 0})
    ->Args({10'000, 10})
    ->Repetitions(5)
    ->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
