// The paths that run once an event must not allocate. This file replaces the global allocation
// functions of the test program by ones that count.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "protocol/ndjson.h"
#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"
#include "protocol/sse_decoder.h"
#include "protocol/sse_encoder.h"

namespace {

thread_local std::size_t allocations = 0;

void* Allocate(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace ringcast {
namespace {

// Runs `work` a few times for buffers to grow, then once more, counting.
template <class Work>
std::size_t SteadyAllocations(Work work) {
  for (int i = 0; i < 3; ++i) work();
  const std::size_t before = allocations;
  work();
  return allocations - before;
}

TEST(NoAllocation, TheCounterCounts) {
  std::size_t size = 0;
  EXPECT_GT(SteadyAllocations([&] { size += std::string(100, 'x').size(); }), 0u);
  EXPECT_EQ(size, 400u);
}

TEST(NoAllocation, Encoding) {
  const std::string data = "first line\nsecond line\r\n" + std::string(3000, 'x');
  std::string buffer(10'000, '\0');
  std::size_t written = 0;
  EXPECT_EQ(SteadyAllocations([&] {
              const Event event{"tick", data};
              const FrameSize size = MeasureFrame({1, 2}, event);
              EncodeFrame({1, 2}, event, size, buffer.data());
              written = ReadChunk(std::string_view(buffer).substr(0, size.frame))->total;
            }),
            0u);
  EXPECT_GT(written, data.size());
}

TEST(NoAllocation, PublishFramesAndAnswers) {
  std::string frames;
  for (std::uint64_t i = 0; i < 10; ++i) AppendPublish(frames, i, "a/b", {"t", "some data"});
  AppendPublish(frames, 10, "not valid", {"t", "some data"});
  AckBuilder acks;
  std::string out;
  std::size_t accepted = 0;
  EXPECT_EQ(SteadyAllocations([&] {
              PublishDecoder decoder({});
              out.clear();
              std::string_view left = frames;
              while (!left.empty()) {
                const PublishDecoder::Step step = decoder.Next(left);
                left.remove_prefix(step.consumed);
                if (step.status == PublishDecoder::Status::kFrame) {
                  acks.Add(step.request, {1, ++accepted}, out);
                } else {
                  acks.Flush(out);
                  AppendNack(out, step.request, step.code, step.reason);
                }
              }
            }),
            0u);
  EXPECT_EQ(accepted, 40u);
}

TEST(NoAllocation, Decoding) {
  const std::string block = "id: 1-2\nevent: tick\ndata: " + std::string(200, 'x') + "\n\n";
  SseDecoder decoder;
  std::size_t events = 0;
  EXPECT_EQ(SteadyAllocations([&] {
              for (const std::size_t half : {block.size() / 2, block.size()}) {
                const std::size_t from = half == block.size() ? block.size() / 2 : 0;
                decoder.Feed(std::string_view(block).substr(from, half - from),
                             [&](const DecodedEvent&) { ++events; });
              }
            }),
            0u);
  EXPECT_EQ(events, 4u);
}

// What the JSON library allocates with malloc it keeps, too; only operator new is seen here.
TEST(NoAllocation, NdjsonLines) {
  const std::string text = R"({"channel":"some/long/channel/name","event":"a-long-event-type",)"
                           R"("data":{"a":[1,2,{"b":"some text that is long enough"}]}})";
  PublishLineParser parser;
  PublishLine line;
  bool ok = true;
  EXPECT_EQ(SteadyAllocations([&] { ok = ok && parser.Parse(text, line).ok(); }), 0u);
  EXPECT_TRUE(ok);
}

}  // namespace
}  // namespace ringcast
