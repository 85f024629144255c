#include "hub/frame_merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "hub/budget.h"
#include "hub/log_fixture.h"
#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

using test::LoggedChannel;

std::string Encoded(Sequence sequence, const std::string& data, std::string_view type = "") {
  const EventId id{1000, sequence};
  const Event event{type, data};
  const FrameSize size = MeasureFrame(id, event);
  std::string frame(size.frame, '\0');
  EncodeFrame(id, event, size, frame.data());
  return frame;
}

std::string Bare(const std::string& frame) {
  const auto chunk = ReadChunk(frame);
  EXPECT_TRUE(chunk.has_value());
  return frame.substr(chunk->header, chunk->block);
}

// Some channels with frames of one order, and what a plain merge of them gives.
class Streams {
 public:
  Streams(std::uint64_t seed, bool bare, std::size_t channels, int events, std::size_t most_data)
      : bare_(bare) {
    Rng rng(seed);
    for (std::size_t i = 0; i < channels; ++i) {
      logs_.push_back(std::make_unique<LoggedChannel>(pool_, rng.Below(3) * 1000));
      sources_.push_back({&logs_[i]->view(), logs_[i]->view().head()});
    }
    Sequence sequence = 0;
    for (int i = 0; i < events; ++i) {
      sequence += 1 + rng.Below(5);
      const std::string frame = Encoded(
          sequence, std::string(rng.Below(most_data), static_cast<char>('a' + rng.Below(26))));
      logs_[rng.Below(channels)]->Append(sequence, frame);
      merged_ += bare ? Bare(frame) : frame;
      ends_.push_back(merged_.size());
    }
    for (auto& log : logs_) log->Tell();
  }

  // All that a merge from these cursors gives, collected in sends of limited size.
  std::string Rest(std::vector<MergeSource> sources, std::size_t pieces, std::size_t max_bytes,
                   std::uint64_t* completed = nullptr) const {
    std::string all;
    std::vector<std::string_view> out(pieces);
    for (;;) {
      FrameMerge merge(sources, bare_);
      const FrameMerge::Collected collected = merge.Collect(out, max_bytes);
      if (collected.bytes == 0) return all;
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < collected.pieces; ++i) {
        all += out[i];
        bytes += out[i].size();
      }
      EXPECT_EQ(bytes, collected.bytes);
      const std::uint64_t frames = merge.Advance(collected.bytes);
      EXPECT_GT(frames, 0u);
      if (completed != nullptr) *completed += frames;
    }
  }

  // Frames whose last byte lies within the first `bytes` of the merged stream.
  std::uint64_t EndedWithin(std::size_t bytes) const {
    return static_cast<std::uint64_t>(std::upper_bound(ends_.begin(), ends_.end(), bytes) -
                                      ends_.begin());
  }

  const std::vector<MergeSource>& sources() const { return sources_; }
  const std::string& merged() const { return merged_; }
  bool bare() const { return bare_; }

 private:
  const bool bare_;
  SegmentPool pool_;
  std::vector<std::unique_ptr<LoggedChannel>> logs_;
  std::vector<MergeSource> sources_;
  std::string merged_;
  std::vector<std::size_t> ends_;  // in merged_
};

class FrameMergeTest : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Framing, FrameMergeTest, testing::Values(false, true),
                         [](const auto& framing) { return framing.param ? "Bare" : "Chunked"; });

TEST_P(FrameMergeTest, GivesAllFramesInTheirOrder) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Streams streams(seed, GetParam(), 1 + seed % 7, 60, 100);
    for (std::size_t pieces : {std::size_t{1}, std::size_t{5}, budget::kMaxPieces}) {
      for (std::size_t max_bytes : {std::size_t{1}, std::size_t{777}, budget::kCatchUpSendBytes}) {
        std::uint64_t completed = 0;
        ASSERT_EQ(streams.Rest(streams.sources(), pieces, max_bytes, &completed), streams.merged());
        ASSERT_EQ(completed, 60u);
      }
    }
  }
}

// A send may stop at any byte: the cursors then stand there, and what follows is the exact rest.
TEST_P(FrameMergeTest, GoesOnAfterAnyNumberOfBytes) {
  const Streams streams(4711, GetParam(), 4, 25, 60);
  for (std::size_t sent = 0; sent <= streams.merged().size(); ++sent) {
    std::vector<MergeSource> sources = streams.sources();
    FrameMerge merge(sources, streams.bare());
    ASSERT_EQ(merge.Advance(sent), streams.EndedWithin(sent)) << "after " << sent << " bytes";
    ASSERT_EQ(streams.Rest(sources, 128, 1 << 20), streams.merged().substr(sent));
  }
}

TEST_P(FrameMergeTest, MayStopWithinTheSameFrameAgainAndAgain) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    const Streams streams(seed, GetParam(), 3, 20, 300);
    std::vector<MergeSource> sources = streams.sources();
    std::size_t sent = 0;
    std::uint64_t completed = 0;
    while (sent < streams.merged().size()) {
      std::array<std::string_view, 8> out;
      FrameMerge merge(sources, streams.bare());
      const FrameMerge::Collected collected = merge.Collect(out, 200);
      ASSERT_GT(collected.bytes, 0u);
      ASSERT_EQ(out[0], streams.merged().substr(sent, out[0].size()));
      const std::size_t part = rng.Below(collected.bytes + 1);
      completed += merge.Advance(part);
      sent += part;
      ASSERT_EQ(completed, streams.EndedWithin(sent));
    }
    EXPECT_EQ(completed, 20u);
  }
}

TEST_P(FrameMergeTest, CollectingLeavesTheCursorsWhereTheyAre) {
  const Streams streams(1, GetParam(), 3, 20, 50);
  std::vector<MergeSource> sources = streams.sources();
  std::array<std::string_view, 64> out;
  FrameMerge(sources, streams.bare()).Collect(out, 1000);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(sources[i].cursor, streams.sources()[i].cursor);
  }
}

TEST_P(FrameMergeTest, NothingNewGivesNothing) {
  const Streams streams(1, GetParam(), 3, 0, 50);
  std::vector<MergeSource> sources = streams.sources();
  std::array<std::string_view, 4> out;
  FrameMerge merge(sources, streams.bare());
  const FrameMerge::Collected collected = merge.Collect(out, 1000);
  EXPECT_EQ(collected.pieces, 0u);
  EXPECT_EQ(collected.bytes, 0u);
  EXPECT_EQ(merge.Advance(0), 0u);
}

TEST_P(FrameMergeTest, ServesAsManyChannelsAsAStreamMayHave) {
  const Streams streams(5, GetParam(), budget::kMaxChannelsPerStream, 500, 40);
  EXPECT_EQ(streams.Rest(streams.sources(), budget::kMaxPieces, 4000), streams.merged());
}

// Frames of two types in some channels, and what a filter leaves of a plain merge of them.
class FilteredStreams {
 public:
  FilteredStreams(std::uint64_t seed, bool bare, std::size_t channels, int events) : bare_(bare) {
    Rng rng(seed);
    for (std::size_t i = 0; i < channels; ++i) {
      logs_.push_back(std::make_unique<LoggedChannel>(pool_));
      sources_.push_back({&logs_[i]->view(), 0});
    }
    for (int i = 0; i < events; ++i) {
      const auto sequence = static_cast<Sequence>(i + 1);
      const bool passes = rng.Below(3) == 0;
      const std::string frame =
          Encoded(sequence, std::string(rng.Below(80), 'd'), passes ? "in" : "out");
      logs_[rng.Below(channels)]->Append(sequence, frame);
      if (!passes) continue;
      merged_ += bare ? Bare(frame) : frame;
      ends_.push_back(merged_.size());
    }
    for (auto& log : logs_) log->Tell();
  }

  // What is sent from these cursors on, each send cut at a random byte; and that the cursors come
  // to the heads.
  std::string Sent(std::vector<MergeSource> sources, std::uint64_t seed,
                   std::uint64_t& completed) const {
    Rng rng(seed);
    std::string all;
    std::array<std::string_view, 16> out;
    for (int rounds = 0; rounds < 10'000; ++rounds) {
      FrameMerge merge(sources, bare_, &filter_);
      const FrameMerge::Collected collected = merge.Collect(out, 150);
      std::size_t part = rng.Below(collected.bytes + 1);
      completed += merge.Advance(part);
      for (std::size_t i = 0; i < collected.pieces && part > 0; ++i) {
        all += out[i].substr(0, part);
        part -= std::min(part, out[i].size());
      }
      const bool at_head = std::all_of(sources.begin(), sources.end(), [](const MergeSource& one) {
        return one.cursor == one.log->head();
      });
      if (at_head) return all;
    }
    ADD_FAILURE() << "the cursors never came to the heads";
    return all;
  }

  const std::vector<MergeSource>& sources() const { return sources_; }
  const std::string& merged() const { return merged_; }
  std::size_t passing() const { return ends_.size(); }
  const EventFilter& filter() const { return filter_; }

 private:
  const bool bare_;
  const EventFilter filter_{{"in"}};
  SegmentPool pool_;
  std::vector<std::unique_ptr<LoggedChannel>> logs_;
  std::vector<MergeSource> sources_;
  std::string merged_;
  std::vector<std::size_t> ends_;
};

TEST_P(FrameMergeTest, AFilterLeavesOutWholeFramesWhereverASendStops) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const FilteredStreams streams(seed, GetParam(), 1 + seed % 5, 80);
    std::uint64_t completed = 0;
    ASSERT_EQ(streams.Sent(streams.sources(), seed, completed), streams.merged());
    ASSERT_EQ(completed, streams.passing());
  }
}

TEST_P(FrameMergeTest, WhatDoesNotPassIsMovedOverAtOnce) {
  const FilteredStreams streams(3, GetParam(), 2, 50);
  std::vector<MergeSource> sources = streams.sources();
  const EventFilter nothing({"other"});
  FrameMerge merge(sources, GetParam(), &nothing);
  std::array<std::string_view, 4> out;
  EXPECT_EQ(merge.Collect(out, 1000).bytes, 0u);
  EXPECT_EQ(merge.Advance(0), 0u);
  for (const MergeSource& source : sources) EXPECT_EQ(source.cursor, source.log->head());
}

TEST(FrameMerge, PassesOverSoManyFramesInOneGo) {
  SegmentPool pool;
  LoggedChannel log(pool);
  const auto skipped = static_cast<Sequence>(budget::kMostSkippedFrames * 2 + 10);
  for (Sequence i = 1; i <= skipped; ++i) log.Append(i, Encoded(i, "x", "out"));
  log.Append(skipped + 1, Encoded(skipped + 1, "found", "in"));
  log.Tell();
  const EventFilter filter({"in"});
  std::vector<MergeSource> sources = {{&log.view(), 0}};
  std::array<std::string_view, 4> out;
  int rounds = 0;
  for (;; ++rounds) {
    FrameMerge merge(sources, false, &filter);
    const FrameMerge::Collected collected = merge.Collect(out, 1000);
    if (collected.bytes > 0) break;
    const std::uint64_t before = sources[0].cursor;
    ASSERT_EQ(merge.Advance(0), 0u);
    ASSERT_GT(sources[0].cursor, before);
  }
  EXPECT_EQ(rounds, 2);
  EXPECT_NE(out[0].find("found"), std::string_view::npos);
}

TEST(FrameMerge, NeighboursThatPassAreOnePiece) {
  SegmentPool pool;
  LoggedChannel log(pool);
  Sequence sequence = 0;
  for (const char* type : {"in", "in", "out", "in", "in", "in", "out"}) {
    ++sequence;
    log.Append(sequence, Encoded(sequence, "x", type));
  }
  log.Tell();
  const EventFilter filter({"in"});
  std::vector<MergeSource> sources = {{&log.view(), 0}};
  std::array<std::string_view, 8> out;
  FrameMerge merge(sources, /*bare=*/false, &filter);
  const FrameMerge::Collected collected = merge.Collect(out, 100'000);
  EXPECT_EQ(collected.pieces, 2u);
  EXPECT_EQ(merge.Advance(collected.bytes), 5u);
  EXPECT_EQ(sources[0].cursor, log.view().head()) << "the last one did not pass";
}

TEST(FrameMerge, NeighboursOfOneLogAreOnePiece) {
  SegmentPool pool;
  LoggedChannel log(pool);
  log.Append(1, Encoded(1, "a"));
  log.Append(2, Encoded(2, "b"));
  log.Tell();
  std::vector<MergeSource> sources = {{&log.view(), 0}};
  std::array<std::string_view, 4> out;
  EXPECT_EQ(FrameMerge(sources, /*bare=*/false).Collect(out, 1000).pieces, 1u);
  EXPECT_EQ(FrameMerge(sources, /*bare=*/true).Collect(out, 1000).pieces, 2u)
      << "the chunk framing between them is left out";
}

TEST(FrameMerge, TheRestOfABareFrameLeavesOutTheChunk) {
  SegmentPool pool;
  LoggedChannel log(pool);
  const std::string frame = Encoded(1, "hello");
  log.Append(1, frame);
  log.Tell();
  const FrameAt at = log.view().Find(0);
  EXPECT_EQ(FrameMerge::Rest(at, 0, false), frame);
  EXPECT_EQ(FrameMerge::Rest(at, 0, true), Bare(frame));
  const std::uint64_t last = ReadChunk(frame)->header + ReadChunk(frame)->block - 1;
  EXPECT_EQ(FrameMerge::Rest(at, last, true), "\n");
  EXPECT_EQ(FrameMerge::Rest(at, last, false), "\n\r\n");
}

}  // namespace
}  // namespace ringcast
