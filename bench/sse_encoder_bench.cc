// Encoding an event into its frame: measuring, then writing. Once for each event, however many
// subscribers it has.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "allocation_count.h"
#include "base/check.h"
#include "protocol/sse_decoder.h"
#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

constexpr EventId kId{1'700'000'000'000, 123'456'789};

// `size` bytes of text; with lines, a break after each 72 bytes.
std::string Text(std::size_t size, bool lines) {
  std::string text(size, 'x');
  for (std::size_t at = 72; lines && at < size; at += 73) text[at] = '\n';
  return text;
}

void EncodeEvent(benchmark::State& state) {
  const std::string data = Text(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
  const Event event{"price", data};
  std::string frame(data.size() * 7 + 200, '\0');
  FrameSize size;
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) {
    size = MeasureFrame(kId, event);
    const char* const end = EncodeFrame(kId, event, size, frame.data());
    RC_CHECK(end == frame.data() + size.frame, "a frame has the size that was measured");
    benchmark::ClobberMemory();
  }
  RC_CHECK(bench::AllocationCount() == allocations, "encoding allocates nothing");
  const auto chunk = ReadChunk(std::string_view(frame).substr(0, size.frame));
  RC_CHECK(chunk.has_value() && chunk->total == size.frame, "a frame is one whole chunk");
  int events = 0;
  SseDecoder decoder;
  decoder.Feed(std::string_view(frame).substr(chunk->header, chunk->block),
               [&](const DecodedEvent& decoded) {
                 RC_CHECK(decoded.data == data && decoded.type == "price", "it reads as written");
                 ++events;
               });
  RC_CHECK(events == 1, "a frame is one event");
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(EncodeEvent)
    ->ArgNames({"bytes", "lines"})
    ->Args({0, 0})
    ->Args({100, 0})
    ->Args({1000, 0})
    ->Args({1000, 1})
    ->Args({100'000, 0})
    ->Repetitions(5)
    ->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
