#include "hub/log_view.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/rng.h"
#include "hub/log_fixture.h"

namespace ringcast {
namespace {

using test::LoggedChannel;

std::string Gathered(const LogView& view, std::uint64_t from, std::uint64_t to,
                     std::size_t max_pieces) {
  std::vector<std::string_view> pieces(max_pieces);
  const std::size_t count = view.Gather(from, to, pieces);
  EXPECT_LE(count, max_pieces);
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_FALSE(pieces[i].empty());
    bytes += pieces[i];
  }
  return bytes;
}

TEST(LogView, HoldsNothingAtFirst) {
  const LogView view(77);
  EXPECT_FALSE(view.holds_anything());
  EXPECT_EQ(view.head(), 77u);
  EXPECT_EQ(view.held_from(), 77u);
  EXPECT_EQ(view.PositionAfter(0), 77u);
  EXPECT_EQ(view.SequenceBefore(77), 0u);
  EXPECT_EQ(view.CountFrames(77, 77), 0u);
  EXPECT_EQ(view.HeldFromAfterRelease(77), 77u);
  std::array<std::string_view, 4> pieces;
  EXPECT_EQ(view.Gather(77, 77, pieces), 0u);
}

TEST(LogView, KnowsWhatItWasToldOnly) {
  SegmentPool pool;
  LoggedChannel channel(pool);
  channel.Append(5, "one");
  EXPECT_EQ(channel.view().head(), 0u);
  channel.Tell();
  channel.Append(6, "four");
  EXPECT_EQ(channel.view().head(), 3u);
  EXPECT_EQ(channel.view().PositionAfter(5), 3u);
  EXPECT_EQ(channel.view().CountFrames(0, 3), 1u);
  EXPECT_EQ(Gathered(channel.view(), 0, 3, 4), "one");
}

TEST(LogView, CoversLessWhenPiecesRunOut) {
  SegmentPool pool;
  LoggedChannel channel(pool);
  std::string all;
  for (Sequence s = 1; s <= 40; ++s) {
    channel.Append(s, std::string(100, static_cast<char>('a' + s % 26)));
    all += channel.frames().back().bytes;
  }
  channel.Tell();
  const std::string two = Gathered(channel.view(), 50, all.size(), 2);
  EXPECT_GT(two.size(), 0u);
  EXPECT_LT(two.size(), all.size() - 50);
  EXPECT_EQ(two, all.substr(50, two.size()));
  EXPECT_EQ(Gathered(channel.view(), 50, all.size(), 40), all.substr(50));
}

TEST(LogView, GoesOnInASegmentThatItHadLetGoOf) {
  SegmentPool pool;
  LoggedChannel channel(pool);
  channel.Append(1, "first");
  channel.Tell();
  channel.Append(2, "second");  // into the same segment, before the sequencer hears of the release
  LogView view(0);
  view.Extend(nullptr, 0, 0, 0);
  EXPECT_FALSE(view.holds_anything());
  channel.Tell();
  EXPECT_EQ(Gathered(channel.view(), 5, 11, 1), "second");
}

// Everything a view can be asked, against the plain list of its frames.
void CompareWithFrames(const LoggedChannel& channel, Rng& rng) {
  const LogView& view = channel.view();
  const std::vector<LoggedChannel::Frame> frames = channel.Readable();
  ASSERT_EQ(view.holds_anything(), !frames.empty());
  const std::uint64_t low = view.held_from();
  const std::uint64_t high = view.head();
  if (frames.empty()) {
    ASSERT_EQ(low, high);
  } else {
    ASSERT_EQ(frames.front().start, low);
    ASSERT_EQ(frames.back().end, high);
  }
  ASSERT_EQ(view.NewestFrameBytes(), frames.empty() ? 0 : frames.back().bytes.size());
  std::string bytes;
  for (const auto& frame : frames) bytes += frame.bytes;
  for (int i = 0; i < 20; ++i) {
    std::uint64_t from = low + rng.Below(high - low + 1);
    std::uint64_t to = low + rng.Below(high - low + 1);
    if (from > to) std::swap(from, to);
    if (!frames.empty() && rng.Below(2) == 0) from = frames[rng.Below(frames.size())].start;
    if (!frames.empty() && rng.Below(2) == 0) to = frames[rng.Below(frames.size())].end;
    if (from > to) from = low;
    ASSERT_EQ(Gathered(view, from, to, 1000), bytes.substr(from - low, to - from));

    std::uint64_t ended = 0;
    for (const auto& frame : frames) ended += frame.end > from && frame.end <= to ? 1 : 0;
    ASSERT_EQ(view.CountFrames(from, to), ended) << from << " to " << to;

    Sequence before = 0;
    for (const auto& frame : frames) {
      if (frame.end <= to) before = frame.sequence;
    }
    ASSERT_EQ(view.SequenceBefore(to), before) << "at " << to;

    if (from == high) continue;
    std::size_t at = 0;
    while (frames[at].end <= from) ++at;
    const FrameAt found = view.Find(from);
    ASSERT_EQ(found.start, frames[at].start) << "at " << from;
    ASSERT_EQ(found.end, frames[at].end);
    ASSERT_EQ(found.sequence, frames[at].sequence);
    ASSERT_EQ(found.bytes, frames[at].bytes);
    if (at + 1 < frames.size()) {
      const FrameAt next = view.Next(found);
      ASSERT_EQ(next.start, frames[at + 1].start);
      ASSERT_EQ(next.sequence, frames[at + 1].sequence);
      ASSERT_EQ(next.bytes, frames[at + 1].bytes);
    }
  }
  for (int i = 0; i < 10; ++i) {
    const Sequence sequence = frames.empty()
                                  ? rng.Below(10)
                                  : frames[rng.Below(frames.size())].sequence + rng.Below(3) - 1;
    std::uint64_t position = high;
    for (std::size_t at = frames.size(); at-- > 0;) {
      if (frames[at].sequence > sequence) position = frames[at].start;
    }
    ASSERT_EQ(view.PositionAfter(sequence), position) << "after " << sequence;
  }
}

TEST(LogView, ReadsWhatAPlainListOfFramesSays) {
  for (std::uint64_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    SegmentPool pool;
    {
      LoggedChannel channel(pool, rng.Below(2) * rng.Below(100'000));
      Sequence sequence = 0;
      for (int step = 0; step < 60; ++step) {
        for (std::uint64_t i = rng.Below(20); i > 0; --i) {
          sequence += 1 + rng.Below(4);
          const std::size_t bytes = 1 + (rng.Next() >> (52 + rng.Below(10)));
          channel.Append(sequence, std::string(bytes, static_cast<char>(rng.Below(256))));
        }
        if (rng.Below(4) != 0) channel.Tell();
        if (rng.Below(3) == 0) {
          const LogView& view = channel.view();
          const std::uint64_t before = view.held_from();
          const std::uint64_t position = before + rng.Below(view.head() - before + 1);
          const std::uint64_t after = view.HeldFromAfterRelease(position);
          const bool would = view.WouldRelease(position);
          const bool let_go = channel.ReleaseBelow(position);
          EXPECT_EQ(view.held_from(), after);
          EXPECT_LE(after, position) << "what is needed is still held";
          EXPECT_EQ(let_go, after != before);
          EXPECT_EQ(would, let_go);
        }
        CompareWithFrames(channel, rng);
        if (testing::Test::HasFailure()) return;
      }
    }
    EXPECT_EQ(pool.bytes_in_use(), 0u);
  }
}

}  // namespace
}  // namespace ringcast
