#include "hub/segment.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

std::size_t BlockBytes(const Segment& segment) { return sizeof(Segment) + segment.capacity; }

// Fills a segment with frames of `frame_bytes` until no more fit; returns how many did.
std::uint32_t Fill(Segment& segment, std::uint32_t frame_bytes) {
  while (segment.HasRoomFor(frame_bytes)) {
    const char byte = static_cast<char>('a' + segment.frames % 26);
    std::memset(segment.data() + segment.used, byte, frame_bytes);
    segment.used += frame_bytes;
    segment.entry(segment.frames) = {1000 + segment.frames, segment.used, segment.frames};
    ++segment.frames;
  }
  return segment.frames;
}

TEST(SegmentPool, GivesRoomForTheFrameThatWasAskedFor) {
  SegmentPool pool;
  for (unsigned size_class = 0; size_class < SegmentPool::kClasses + 2; ++size_class) {
    for (std::uint32_t bytes :
         {0u, 1u, 199u, 200u, 208u, 209u, 4000u, 262'000u, 262'144u, 300'000u, 20'000'000u}) {
      Segment* segment = pool.Allocate(bytes, size_class);
      EXPECT_TRUE(segment->HasRoomFor(bytes)) << bytes << " bytes, class " << size_class;
      EXPECT_EQ(segment->used, 0u);
      EXPECT_EQ(segment->frames, 0u);
      EXPECT_EQ(segment->next, nullptr);
      pool.Release(segment);
    }
  }
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(SegmentPool, TakesTheSizeClassOrWhatTheFrameNeeds) {
  SegmentPool pool;
  Segment* small = pool.Allocate(10, 0);
  Segment* hinted = pool.Allocate(10, 4);
  Segment* needed = pool.Allocate(5000, 0);
  Segment* clamped = pool.Allocate(10, 99);
  EXPECT_EQ(BlockBytes(*small), SegmentPool::kSmallestBlock);
  EXPECT_EQ(BlockBytes(*hinted), SegmentPool::kSmallestBlock << 4);
  EXPECT_EQ(BlockBytes(*needed), 8192u);
  EXPECT_EQ(BlockBytes(*clamped), SegmentPool::kLargestBlock);
  EXPECT_EQ(pool.bytes_in_use(), 256u + 4096u + 8192u + 262'144u);
  for (Segment* segment : {small, hinted, needed, clamped}) pool.Release(segment);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
  EXPECT_EQ(pool.bytes_idle(), 256u + 4096u + 8192u + 262'144u);
}

TEST(SegmentPool, AFrameBeyondTheLargestBlockGetsOneOfItsOwnSize) {
  SegmentPool pool;
  constexpr std::uint32_t kBytes = 1'000'000;
  Segment* segment = pool.Allocate(kBytes, 0);
  EXPECT_EQ(segment->size_class, SegmentPool::kOwnSize);
  EXPECT_LT(BlockBytes(*segment), kBytes + 2 * 4096u) << "not rounded up to a power of two";
  pool.Release(segment);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
  EXPECT_EQ(pool.bytes_idle(), 0u) << "not worth keeping";
}

TEST(SegmentPool, ReusesWhatWasGivenBack) {
  SegmentPool pool;
  Segment* first = pool.Allocate(100, 2);
  Fill(*first, 100);
  pool.Release(first);
  Segment* again = pool.Allocate(100, 2);
  EXPECT_EQ(again, first);
  EXPECT_EQ(again->frames, 0u);
  EXPECT_EQ(again->next, nullptr);
  EXPECT_EQ(pool.bytes_idle(), 0u);
  pool.Release(again);
}

TEST(SegmentPool, KeepsABoundedNumberOfBytesIdle) {
  SegmentPool pool;
  std::vector<Segment*> segments;
  for (int i = 0; i < 100; ++i) segments.push_back(pool.Allocate(200'000, 0));
  EXPECT_EQ(pool.bytes_in_use(), 100 * SegmentPool::kLargestBlock);
  for (Segment* segment : segments) pool.Release(segment);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
  EXPECT_EQ(pool.bytes_idle(), SegmentPool::kMaxIdleBytes);
}

TEST(Segment, FramesAndTheirEntriesMeetButDoNotOverlap) {
  SegmentPool pool;
  for (std::uint32_t frame_bytes : {1u, 3u, 16u, 100u, 207u}) {
    Segment* segment = pool.Allocate(frame_bytes, 3);
    const std::uint32_t frames = Fill(*segment, frame_bytes);
    ASSERT_GT(frames, 0u);
    EXPECT_GT((frames + 1) * (frame_bytes + sizeof(FrameEntry)), segment->capacity) << "no waste";
    for (std::uint32_t i = 0; i < frames; ++i) {
      const FrameEntry& entry = segment->entry(i);
      ASSERT_EQ(entry.sequence, 1000 + i);
      ASSERT_EQ(entry.published_tick, i);
      ASSERT_EQ(segment->frame_start(i), i * frame_bytes);
      ASSERT_EQ(std::string(segment->data() + segment->frame_start(i), frame_bytes),
                std::string(frame_bytes, static_cast<char>('a' + i % 26)));
    }
    pool.Release(segment);
  }
}

TEST(SegmentPool, CountsWhatIsInUseThroughRandomUse) {
  Rng rng(99);
  SegmentPool pool;
  std::vector<Segment*> held;
  std::size_t expected = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (held.empty() || rng.Below(100) < 52) {
      const auto bytes = static_cast<std::uint32_t>(rng.Next() >> (45 + rng.Below(19)));
      held.push_back(pool.Allocate(bytes, static_cast<unsigned>(rng.Below(12))));
      expected += BlockBytes(*held.back());
    } else {
      std::swap(held[rng.Below(held.size())], held.back());
      expected -= BlockBytes(*held.back());
      pool.Release(held.back());
      held.pop_back();
    }
    ASSERT_EQ(pool.bytes_in_use(), expected);
    ASSERT_LE(pool.bytes_idle(), SegmentPool::kMaxIdleBytes);
  }
  for (Segment* segment : held) pool.Release(segment);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace ringcast
