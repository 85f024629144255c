// A stream with many channels: collecting one send of up to 64 KiB from its logs and moving the
// cursors over it. Time is per send; items are events.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "allocation_count.h"
#include "base/check.h"
#include "hub/budget.h"
#include "hub/channel_log.h"
#include "hub/frame_merge.h"
#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

constexpr int kEvents = 100;  // of 100 bytes: they fit one send

struct Channel {
  ChannelLog log;
  LogView view;
};

void MergeOneSend(benchmark::State& state) {
  const auto channel_count = static_cast<std::size_t>(state.range(0));
  const bool bare = state.range(1) != 0;
  SegmentPool pool;
  std::vector<std::unique_ptr<Channel>> channels;
  for (std::size_t i = 0; i < channel_count; ++i) channels.push_back(std::make_unique<Channel>());
  const std::string data(100, 'x');
  for (Sequence s = 1; s <= kEvents; ++s) {
    const EventId id{1'700'000'000'000, s};
    const Event event{"", data};
    const FrameSize size = MeasureFrame(id, event);
    ChannelLog& log = channels[s % channel_count]->log;
    EncodeFrame(id, event, size, log.Append(pool, s, 0, size.frame));
  }
  std::vector<MergeSource> fresh;
  for (const auto& channel : channels) {
    std::uint32_t hops = 0;
    for (const Segment* at = channel->log.first(); at != channel->log.last(); at = at->next) ++hops;
    if (!channel->log.empty()) {
      channel->view.Extend(channel->log.first(), hops, channel->log.last()->frames,
                           channel->log.head());
    }
    fresh.push_back({&channel->view, 0});
  }
  std::vector<MergeSource> sources = fresh;
  std::array<std::string_view, budget::kMaxPieces> pieces;
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) {
    sources = fresh;
    FrameMerge merge(sources, bare);
    const FrameMerge::Collected collected = merge.Collect(pieces, budget::kCatchUpSendBytes);
    benchmark::DoNotOptimize(pieces);
    RC_CHECK(merge.Advance(collected.bytes) == kEvents, "one send takes all of it");
  }
  RC_CHECK(bench::AllocationCount() == allocations, "merging allocates nothing");
  for (const MergeSource& source : sources) {
    RC_CHECK(source.cursor == source.log->head(), "every cursor has come to the head");
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
  for (const auto& channel : channels) channel->log.Clear(pool);
}
BENCHMARK(MergeOneSend)
    ->ArgNames({"channels", "bare"})
    ->Args({1, 1})
    ->Args({2, 0})
    ->Args({8, 0})
    ->Args({64, 0})
    ->Args({64, 1})
    ->Repetitions(5)
    ->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
