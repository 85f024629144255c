#include "redis/stream_check.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/rng.h"

namespace ringcast {
namespace {

StreamId Id(std::uint64_t number) { return {number, 0}; }

StreamProgress Read(std::uint64_t id, std::optional<std::uint64_t> added) {
  return {.read = {.id = Id(id), .added = added}, .checked = Id(id)};
}

// A stream as Redis keeps it.
struct ModelStream {
  std::deque<std::uint64_t> entries;
  std::uint64_t last = 0;
  std::uint64_t added = 0;

  void Add() {
    entries.push_back(++last);
    ++added;
  }
  void Trim(std::size_t length) {
    while (entries.size() > length) entries.pop_front();
  }
  StreamInfo Info(bool counts) const {
    StreamInfo info;
    info.length = entries.size();
    info.last = Id(last);
    if (counts) info.added = added;
    if (!entries.empty()) info.first = Id(entries.front());
    return info;
  }
};

TEST(StreamCheck, WhatWasReadMayGo) {
  ModelStream stream;
  for (int i = 0; i < 10; ++i) stream.Add();
  StreamProgress progress = Read(10, 10);
  for (const std::size_t length : {10u, 3u, 0u}) {
    stream.Trim(length);
    EXPECT_FALSE(CheckStream(stream.Info(true), progress).lost) << length;
  }
  stream.Add();
  EXPECT_FALSE(CheckStream(stream.Info(true), progress).lost) << "it waits to be read";
}

TEST(StreamCheck, WhatGoesUnreadIsLostOnce) {
  ModelStream stream;
  for (int i = 0; i < 10; ++i) stream.Add();
  stream.Trim(3);  // 8 to 10 are left
  StreamProgress progress = Read(5, 5);
  EXPECT_TRUE(CheckStream(stream.Info(true), progress).lost);
  EXPECT_FALSE(CheckStream(stream.Info(true), progress).lost);
  progress.read = {.id = Id(10), .added = *progress.read.added + 3};
  EXPECT_FALSE(CheckStream(stream.Info(true), progress).lost);
}

TEST(StreamCheck, WhatIsDeletedFromTheMiddleIsMissedAtTheEnd) {
  ModelStream stream;
  for (int i = 0; i < 10; ++i) stream.Add();
  stream.entries.erase(stream.entries.begin() + 7);
  StreamProgress progress = Read(5, 5);
  EXPECT_FALSE(CheckStream(stream.Info(true), progress).lost);
  progress.read = {.id = Id(10), .added = 9};
  EXPECT_TRUE(CheckStream(stream.Info(true), progress).lost);
  EXPECT_FALSE(CheckStream(stream.Info(true), progress).lost);
}

TEST(StreamCheck, AnotherStreamOfTheSameName) {
  ModelStream stream;
  stream.Add();
  StreamProgress progress = Read(5, 5);
  StreamVerdict verdict = CheckStream(stream.Info(true), progress);
  EXPECT_TRUE(verdict.lost);
  EXPECT_TRUE(verdict.another);
  EXPECT_EQ(progress.read.id, StreamId{});
  EXPECT_EQ(progress.read.added, 0u) << "its entry is there to be read";
  // Ids that go on, as those made of the time do: nothing of it is read twice.
  progress = Read(5, 5);
  stream.last = 8;
  verdict = CheckStream(stream.Info(true), progress);
  EXPECT_TRUE(verdict.lost);
  EXPECT_FALSE(verdict.another);
  EXPECT_EQ(progress.read.id, Id(5));
}

TEST(StreamCheck, CountingBeginsAtTheStartAndAtTheEnd) {
  ModelStream stream;
  for (int i = 0; i < 10; ++i) stream.Add();
  stream.Trim(4);
  StreamProgress start{};
  EXPECT_FALSE(CheckStream(stream.Info(true), start).lost);
  EXPECT_EQ(start.read.added, 6u);
  StreamProgress end = Read(10, {});
  EXPECT_FALSE(CheckStream(stream.Info(true), end).lost);
  EXPECT_EQ(end.read.added, 10u);
}

TEST(StreamCheck, AServerThatDoesNotCount) {
  ModelStream stream;
  for (int i = 0; i < 10; ++i) stream.Add();
  StreamProgress progress = Read(5, {});
  EXPECT_FALSE(CheckStream(stream.Info(false), progress).lost);
  stream.Trim(3);
  EXPECT_TRUE(CheckStream(stream.Info(false), progress).lost);
  stream.Trim(0);
  StreamProgress at_end = Read(10, {});
  EXPECT_FALSE(CheckStream(stream.Info(false), at_end).lost);
}

// Whatever is added, trimmed and read, in whichever order: what went away unread is told before
// the reader is at rest; and nothing is told in vain while entries are counted.
TEST(StreamCheck, NeverSilentAndNeverInVain) {
  Rng rng(4711);
  for (int run = 0; run < 3000; ++run) {
    ModelStream stream;
    StreamProgress progress{};
    progress.read.added = 0;
    std::uint64_t untold = 0;
    const auto check = [&] {
      // Between a loss in the midst and the stream's end nothing is counted, and a loss may be told
      // that is none.
      const bool counted = progress.read.added.has_value();
      if (!CheckStream(stream.Info(true), progress).lost) return;
      EXPECT_TRUE(untold > 0 || !counted) << "in vain in run " << run;
      untold = 0;
    };
    const auto read_up_to = [&](std::size_t count) {
      for (const std::uint64_t entry : stream.entries) {
        if (Id(entry) <= progress.read.id) continue;
        if (count-- == 0) return;
        progress.read.id = Id(entry);
        if (progress.read.added) ++*progress.read.added;
      }
    };
    for (int step = 0; step < 30; ++step) {
      switch (rng.Below(4)) {
        case 0:
          stream.Add();
          break;
        case 1: {
          const std::size_t length = rng.Below(5);
          while (stream.entries.size() > length) {
            if (Id(stream.entries.front()) > progress.read.id) ++untold;
            stream.entries.pop_front();
          }
          break;
        }
        case 2:
          read_up_to(1 + rng.Below(3));
          break;
        case 3:
          check();
          break;
      }
    }
    check();
    read_up_to(1000);
    check();
    EXPECT_EQ(untold, 0u) << "silent in run " << run;
  }
}

}  // namespace
}  // namespace ringcast
