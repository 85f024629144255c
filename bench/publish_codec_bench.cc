// The binary publish protocol: reading and checking frames with 100 bytes of data as a pipelining
// publisher sends them, and gathering their acks. Time is per frame.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "allocation_count.h"
#include "base/check.h"
#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"

namespace ringcast {
namespace {

constexpr std::uint64_t kFrames = 1000;

void ReadFrames(benchmark::State& state) {
  std::string frames;
  const std::string data(100, 'x');
  for (std::uint64_t i = 1; i <= kFrames; ++i) {
    AppendPublish(frames, i, "channel/" + std::to_string(i % 10), {"price", data});
  }
  const std::uint64_t allocations = bench::AllocationCount();
  std::uint64_t last = 0;
  while (state.KeepRunningBatch(kFrames)) {
    PublishDecoder decoder({});
    std::string_view unread = frames;
    for (std::uint64_t i = 1; i <= kFrames; ++i) {
      const PublishDecoder::Step step = decoder.Next(unread);
      RC_CHECK(step.status == PublishDecoder::Status::kFrame, "each frame is valid");
      unread.remove_prefix(step.consumed);
      last = step.request;
    }
    RC_CHECK(unread.empty(), "every byte belongs to a frame");
  }
  RC_CHECK(bench::AllocationCount() == allocations, "reading frames allocates nothing");
  RC_CHECK(last == kFrames, "frames come in their order");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ReadFrames)->Repetitions(5)->DisplayAggregatesOnly(true);

void GatherAcks(benchmark::State& state) {
  AckBuilder acks;
  std::string out;
  std::uint64_t request = 0;
  auto gather = [&] {
    out.clear();
    for (std::uint64_t i = 0; i < kFrames; ++i) {
      ++request;
      acks.Add(request, {1'700'000'000'000, request}, out);
    }
    acks.Flush(out);
  };
  gather();
  const std::uint64_t allocations = bench::AllocationCount();
  while (state.KeepRunningBatch(kFrames)) gather();
  RC_CHECK(bench::AllocationCount() == allocations, "gathering acks allocates nothing");
  const AnswerDecoder::Step step = AnswerDecoder().Next(out);
  RC_CHECK(step.status == AnswerDecoder::Status::kAck && step.count == kFrames &&
               step.consumed == out.size(),
           "a batch is answered with one frame");
  RC_CHECK(step.id(kFrames - 1).number == request, "ids stay with their requests");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GatherAcks)->Repetitions(5)->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
