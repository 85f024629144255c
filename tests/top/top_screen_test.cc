#include "top/top_screen.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringcast {
namespace {

Snapshot Busy(std::size_t shards, std::size_t channels) {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.state = "ready";
  snapshot.closed = {{.name = "client", .total = 5, .rate = 0}, {.name = "idle"}};
  for (std::size_t i = 0; i < shards; ++i) snapshot.shards.emplace_back().streams = i;
  for (std::size_t i = 0; i < channels; ++i) {
    snapshot.channels.push_back({.name = "channel-" + std::to_string(i), .subscribers = 9});
  }
  snapshot.channel_count = channels;
  return snapshot;
}

std::size_t Columns(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool Holds(const std::vector<std::string>& lines, std::string_view text) {
  return std::any_of(lines.begin(), lines.end(), [text](const std::string& line) {
    return line.find(text) != std::string::npos;
  });
}

TEST(TopScreen, KeepsWithinEverySize) {
  TopScreen screen("127.0.0.1:9180", /*colours=*/false);
  for (int i = 0; i < 300; ++i) screen.Take(Busy(40, 20));
  for (std::size_t rows = 0; rows < 60; ++rows) {
    for (const std::size_t columns : {std::size_t{0}, std::size_t{1}, std::size_t{7},
                                      std::size_t{40}, std::size_t{80}, std::size_t{200}}) {
      const std::vector<std::string> lines = screen.Draw({.columns = columns, .rows = rows});
      EXPECT_LE(lines.size(), rows);
      for (const std::string& line : lines) EXPECT_LE(Columns(line), columns) << line;
    }
  }
}

TEST(TopScreen, TellsWhatItLeavesOut) {
  TopScreen screen("a", false);
  screen.Take(Busy(64, 20));
  const std::vector<std::string> lines = screen.Draw({.columns = 80, .rows = 24});
  EXPECT_TRUE(Holds(lines, "CHANNEL"));
  EXPECT_TRUE(Holds(lines, "channel-0"));
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.ends_with(" more"); }),
            2);
  EXPECT_TRUE(Holds(screen.DrawAll(80), "channel-19"));
}

TEST(TopScreen, CountsThatAreZeroAreLeftOut) {
  TopScreen screen("a", false);
  screen.Take(Busy(1, 0));
  const std::vector<std::string> lines = screen.Draw({});
  EXPECT_TRUE(Holds(lines, "closed client 5"));
  EXPECT_FALSE(Holds(lines, "idle"));
  EXPECT_TRUE(Holds(lines, "turned away none"));
}

TEST(TopScreen, NothingFromOutsideReachesTheTerminalAsItIs) {
  Snapshot snapshot = Busy(1, 1);
  snapshot.channels[0].name = "a\x1b[2Jb\n";
  TopScreen screen("a", false);
  screen.Take(snapshot);
  const std::vector<std::string> lines = screen.Draw({});
  EXPECT_FALSE(Holds(lines, "\x1b"));
  EXPECT_TRUE(Holds(lines, "a?[2Jb?"));
}

TEST(TopScreen, TroubleStandsAboveTheLastFigures) {
  TopScreen screen("a", false);
  EXPECT_TRUE(Holds(screen.Draw({}), "waiting for a"));
  screen.Take(Busy(1, 0));
  screen.SetTrouble("cannot connect");
  const std::vector<std::string> lines = screen.Draw({});
  EXPECT_EQ(lines[0], "cannot connect");
  EXPECT_TRUE(Holds(lines, "ready"));
}

}  // namespace
}  // namespace ringcast
