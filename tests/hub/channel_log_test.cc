#include "hub/channel_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

// Appends a frame whose bytes follow from its sequence.
void AppendFrame(ChannelLog& log, SegmentPool& pool, Sequence sequence, std::uint32_t tick,
                 std::uint32_t bytes) {
  std::memset(log.Append(pool, sequence, tick, bytes), static_cast<char>(sequence), bytes);
}

TEST(ChannelLog, AnEmptyLogHoldsNothing) {
  SegmentPool pool;
  ChannelLog log(500);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(log.head(), 500u);
  EXPECT_EQ(log.kept_from(), 500u);
  EXPECT_EQ(log.kept_events(), 0u);
  EXPECT_EQ(log.TrimAll(), 0u);
  EXPECT_EQ(log.Trim({.events = 1}, 10), 0u);
  log.Clear(pool);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(ChannelLog, GoesOnFromTheStartItWasGiven) {
  SegmentPool pool;
  ChannelLog log(500);
  AppendFrame(log, pool, 1, 0, 100);
  EXPECT_EQ(log.head(), 600u);
  EXPECT_EQ(log.kept_from(), 500u);
  EXPECT_EQ(log.first()->base, 500u);
  EXPECT_EQ(log.oldest_sequence(), 1u);
  log.Clear(pool);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(log.head(), 600u) << "positions go on where they were";
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(ChannelLog, TrimsByCount) {
  SegmentPool pool;
  ChannelLog log;
  for (Sequence s = 1; s <= 10; ++s) AppendFrame(log, pool, s, 0, 50);
  EXPECT_EQ(log.Trim({.events = 3}, 0), 7u);
  EXPECT_EQ(log.kept_events(), 3u);
  EXPECT_EQ(log.oldest_sequence(), 8u);
  EXPECT_EQ(log.kept_from(), 350u);
  EXPECT_EQ(log.Trim({.events = 3}, 0), 0u) << "nothing more to forget";
  log.Clear(pool);
}

TEST(ChannelLog, TrimsByBytesOfEncodedFrames) {
  SegmentPool pool;
  ChannelLog log;
  for (Sequence s = 1; s <= 10; ++s) AppendFrame(log, pool, s, 0, 50);
  EXPECT_EQ(log.Trim({.bytes = 149}, 0), 8u);
  EXPECT_EQ(log.kept_events(), 2u);
  EXPECT_EQ(log.Trim({.bytes = 100}, 0), 0u) << "exactly the limit is kept";
  EXPECT_EQ(log.Trim({.bytes = 49}, 0), 10u) << "one that is too large is not kept at all";
  EXPECT_EQ(log.kept_from(), log.head());
  log.Clear(pool);
}

TEST(ChannelLog, TrimsByAge) {
  SegmentPool pool;
  ChannelLog log;
  for (Sequence s = 1; s <= 10; ++s) {
    AppendFrame(log, pool, s, static_cast<std::uint32_t>(s * 10), 50);
  }
  EXPECT_EQ(log.Trim({.ticks = 50}, 100), 5u) << "an event lives for less than `ticks`";
  EXPECT_EQ(log.oldest_sequence(), 6u);
  EXPECT_EQ(log.oldest_tick(), 60u);
  EXPECT_EQ(log.Trim({.ticks = 50}, 1000), 10u);
  log.Clear(pool);
}

TEST(ChannelLog, AnyLimitOfZeroKeepsNothing) {
  for (const HistoryLimits& limits :
       {HistoryLimits{.events = 0}, HistoryLimits{.bytes = 0}, HistoryLimits{.ticks = 0}}) {
    SegmentPool pool;
    ChannelLog log;
    AppendFrame(log, pool, 5, 0, 50);
    EXPECT_FALSE(limits.enabled());
    EXPECT_EQ(log.Trim(limits, 0), 5u);
    EXPECT_EQ(log.kept_events(), 0u);
    log.Release(pool, log.head());
    EXPECT_TRUE(log.empty());
    EXPECT_EQ(pool.bytes_in_use(), 0u);
  }
}

TEST(ChannelLog, SegmentsOutliveTheHistoryWhileTheyAreHeld) {
  SegmentPool pool;
  ChannelLog log;
  for (Sequence s = 1; s <= 100; ++s) AppendFrame(log, pool, s, 0, 50);
  log.TrimAll();
  const std::size_t all = pool.bytes_in_use();
  log.Release(pool, 0);
  EXPECT_EQ(pool.bytes_in_use(), all) << "held from the start";
  log.Release(pool, 2500);
  EXPECT_LT(pool.bytes_in_use(), all);
  EXPECT_LE(log.first()->base, 2500u);
  EXPECT_GT(log.first()->base + log.first()->used, 2500u) << "the one that is held from inside";
  log.Release(pool, log.head());
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(ChannelLog, ABusyChannelsSegmentsGrowAndAQuietOnesStaySmall) {
  SegmentPool pool;
  ChannelLog log;
  AppendFrame(log, pool, 1, 0, 100);
  EXPECT_EQ(pool.bytes_in_use(), SegmentPool::kSmallestBlock);
  for (Sequence s = 2; s <= 10'000; ++s) AppendFrame(log, pool, s, 0, 100);
  std::size_t segments = 0;
  for (const Segment* at = log.first(); at != nullptr; at = at->next) ++segments;
  EXPECT_LT(segments, 20u) << "a megabyte in a few segments";
  log.Clear(pool);
}

// Most segment memory in use while a channel publishes for long and keeps so many events.
std::size_t MostMemory(const HistoryLimits& limits, int events) {
  SegmentPool pool;
  ChannelLog log;
  std::size_t most = 0;
  for (int i = 1; i <= events; ++i) {
    AppendFrame(log, pool, static_cast<Sequence>(i), static_cast<std::uint32_t>(i), 100);
    log.Trim(limits, static_cast<std::uint32_t>(i));
    log.Release(pool, log.head());
    if (i > events / 2) most = std::max(most, pool.bytes_in_use());
  }
  log.Clear(pool);
  return most;
}

TEST(ChannelLog, MemoryFollowsWhatIsKeptHoweverMuchWasPublished) {
  EXPECT_LE(MostMemory({.events = 3}, 10'000), 2048u) << "300 bytes are kept";
  EXPECT_LE(MostMemory({.ticks = 3}, 10'000), 2048u);
  EXPECT_LE(MostMemory({.events = 100}, 10'000), 64u * 1024) << "10 KB are kept";
}

TEST(ChannelLog, AQuieterChannelsSegmentsBecomeSmallAgain) {
  SegmentPool pool;
  ChannelLog log;
  Sequence sequence = 0;
  const auto publish = [&](const HistoryLimits& limits, int events) {
    for (int i = 0; i < events; ++i) {
      AppendFrame(log, pool, ++sequence, 0, 100);
      log.Trim(limits, 0);
      log.Release(pool, log.head());
    }
  };
  publish({.events = 1000}, 10'000);
  EXPECT_GT(pool.bytes_in_use(), 100'000u);
  publish({.events = 2}, 10'000);
  EXPECT_LE(pool.bytes_in_use(), 2048u);
  log.Clear(pool);
}

// Random use against a plain list of frames.
class Model {
 public:
  explicit Model(std::uint64_t seed) : rng_(seed), log_(rng_.Below(2) * rng_.Below(1'000'000)) {
    start_ = log_.head();
    limits_.events = rng_.Below(3) == 0 ? 1000 : static_cast<std::uint32_t>(rng_.Below(20));
    limits_.bytes = rng_.Below(3) == 0 ? 1'000'000 : rng_.Below(5000);
    limits_.ticks = rng_.Below(3) == 0 ? 0xffffffff : static_cast<std::uint32_t>(rng_.Below(30));
    held_from_ = start_;
  }

  void Run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      const std::uint64_t what = rng_.Below(100);
      if (what < 60) {
        Append();
      } else if (what < 80) {
        tick_ += static_cast<std::uint32_t>(rng_.Below(5));
        Trim(log_.Trim(limits_, tick_));
      } else if (what < 82) {
        const Sequence forgotten = log_.TrimAll();
        EXPECT_EQ(forgotten, kept_ < frames_.size() ? frames_.back().sequence : 0);
        kept_ = frames_.size();
      } else {
        held_from_ += rng_.Below(log_.head() - held_from_ + 1);
        log_.Release(pool_, held_from_);
        CheckSegments(/*released=*/true);
      }
      CheckKept();
    }
    CheckSegments(/*released=*/false);
    log_.Clear(pool_);
    EXPECT_TRUE(log_.empty());
    EXPECT_EQ(pool_.bytes_in_use(), 0u);
  }

 private:
  struct Frame {
    Sequence sequence;
    std::uint32_t tick;
    std::uint64_t start;
    std::uint64_t end;
  };

  void Append() {
    sequence_ += 1 + rng_.Below(3);
    const auto bytes = static_cast<std::uint32_t>(1 + (rng_.Next() >> (52 + rng_.Below(8))) +
                                                  (rng_.Below(200) == 0 ? 300'000 : 0));
    const std::uint64_t start = log_.head();
    AppendFrame(log_, pool_, sequence_, tick_, bytes);
    frames_.push_back({sequence_, tick_, start, start + bytes});
  }

  void Trim(Sequence forgotten) {
    const std::size_t before = kept_;
    while (kept_ < frames_.size() &&
           (!limits_.enabled() || frames_.size() - kept_ > limits_.events ||
            frames_.back().end - frames_[kept_].start > limits_.bytes ||
            tick_ - frames_[kept_].tick >= limits_.ticks)) {
      ++kept_;
    }
    EXPECT_EQ(forgotten, kept_ > before ? frames_[kept_ - 1].sequence : 0);
  }

  void CheckKept() {
    ASSERT_EQ(log_.head(), frames_.empty() ? start_ : frames_.back().end);
    ASSERT_EQ(log_.kept_events(), frames_.size() - kept_);
    ASSERT_EQ(log_.kept_from(), kept_ < frames_.size() ? frames_[kept_].start : log_.head());
    if (kept_ == frames_.size()) return;
    ASSERT_EQ(log_.oldest_sequence(), frames_[kept_].sequence);
    ASSERT_EQ(log_.oldest_tick(), frames_[kept_].tick);
  }

  // What is still there is one chain up to the head, whole, and no more of it than is needed.
  void CheckSegments(bool released) {
    const std::uint64_t needed_from = std::min(held_from_, log_.kept_from());
    if (log_.empty()) {
      ASSERT_EQ(needed_from, log_.head());
      return;
    }
    if (released) {
      ASSERT_GT(log_.first()->base + log_.first()->used, needed_from);
    }
    ASSERT_LE(log_.first()->base, needed_from);
    std::size_t frame = 0;
    while (frames_[frame].start < log_.first()->base) ++frame;
    std::uint64_t at = log_.first()->base;
    for (const Segment* segment = log_.first(); segment != nullptr; segment = segment->next) {
      ASSERT_EQ(segment->base, at);
      for (std::uint32_t i = 0; i < segment->frames; ++i, ++frame) {
        const Frame& expected = frames_[frame];
        ASSERT_EQ(segment->base + segment->frame_start(i), expected.start);
        ASSERT_EQ(segment->entry(i).sequence, expected.sequence);
        ASSERT_EQ(segment->entry(i).published_tick, expected.tick);
        const std::size_t bytes = expected.end - expected.start;
        ASSERT_EQ(std::string(segment->data() + segment->frame_start(i), bytes),
                  std::string(bytes, static_cast<char>(expected.sequence)));
      }
      at += segment->used;
      if (segment->next == nullptr) {
        ASSERT_EQ(segment, log_.last());
      }
    }
    ASSERT_EQ(at, log_.head());
    ASSERT_EQ(frame, frames_.size());
  }

  Rng rng_;
  HistoryLimits limits_;
  SegmentPool pool_;
  ChannelLog log_;
  std::uint64_t start_ = 0;
  std::vector<Frame> frames_;
  std::size_t kept_ = 0;  // the oldest frame that is kept
  std::uint64_t held_from_ = 0;
  Sequence sequence_ = 0;
  std::uint32_t tick_ = 0;
};

TEST(ChannelLog, KeepsWhatAPlainListKeeps) {
  for (std::uint64_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Model(seed).Run(400);
  }
}

}  // namespace
}  // namespace ringcast
