#include "sequencer/report_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hub/budget.h"

namespace ringcast {
namespace {

constexpr std::uint32_t kSlice = budget::kReportSlice;

class ReportWalkTest : public testing::Test {
 protected:
  void Publish(const std::string& name) {
    ChannelDirectory::Published published;
    ASSERT_TRUE(directory_.Publish(name, {"", "x"}, {1'700'000'000'000, 1, 1}, published));
    Collect();
  }
  void PublishMany(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) Publish("c" + std::to_string(i));
  }
  ChannelHandle Follow(const std::string& name, std::uint32_t subscribers) {
    ToSequencer message;
    message.kind = ToSequencer::Kind::kInterest;
    message.ours = {next_index_++, 1};
    message.count = subscribers;
    message.name = ChannelNameBlock::Make(name);
    directory_.Receive(0, message);
    directory_.CollectChanges();
    const ChannelHandle channel = directory_.outbox(0).front().sequencer_channel;
    directory_.ClearOutbox(0);
    return channel;
  }
  void Collect() {
    directory_.CollectChanges();
    directory_.ClearOutbox(0);
  }
  // How many steps it takes from here to the end.
  std::uint32_t Finish() {
    std::uint32_t steps = 1;
    while (!walk_.Step(directory_)) ++steps;
    return steps;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const ChannelInfo& info : walk_.Chosen(directory_)) names.emplace_back(info.name);
    return names;
  }
  static std::ptrdiff_t Count(const std::vector<std::string>& names, const std::string& name) {
    return std::count(names.begin(), names.end(), name);
  }

  ChannelDirectory directory_{IdScheme(1'700'000'000'000, 0x777), HashKey{3, 4},
                              HistoryLimits{.events = 3, .ticks = 100}, 1, 1};
  ReportWalk walk_;

 private:
  std::uint32_t next_index_ = 0;
};

TEST_F(ReportWalkTest, OfNothingEndsAtOnceWithNothing) {
  EXPECT_TRUE(walk_.Step(directory_));
  EXPECT_FALSE(walk_.under_way());
  EXPECT_TRUE(walk_.Chosen(directory_).empty());
}

TEST_F(ReportWalkTest, FindsTheMostFollowedWhereverTheyAre) {
  for (std::uint32_t i = 1; i <= 60; ++i) Follow("first" + std::to_string(i), 2 * i);
  PublishMany(3 * kSlice);
  for (std::uint32_t i = 1; i <= 60; ++i) Follow("last" + std::to_string(i), 2 * i - 1);
  EXPECT_FALSE(walk_.Step(directory_));
  EXPECT_TRUE(walk_.under_way());
  EXPECT_GE(Finish(), 3u);
  EXPECT_FALSE(walk_.under_way());
  const std::vector<ChannelInfo> chosen = walk_.Chosen(directory_);
  ASSERT_EQ(chosen.size(), ReportWalk::kMostChannels);
  for (std::uint32_t i = 0; i < chosen.size(); ++i) EXPECT_EQ(chosen[i].subscribers, 120 - i);
  EXPECT_EQ(chosen[0].name, "first60");
  EXPECT_EQ(chosen[1].name, "last60");
}

TEST_F(ReportWalkTest, WhatGoesMeanwhileIsNotShown) {
  PublishMany(kSlice);
  Publish("behind");
  walk_.Step(directory_);
  ASSERT_TRUE(walk_.under_way());
  ASSERT_TRUE(directory_.Delete("c0"));
  Collect();
  Finish();
  const std::vector<std::string> names = Names();
  EXPECT_EQ(names.size(), ReportWalk::kMostChannels - 1);
  EXPECT_EQ(Count(names, "c0"), 0);
}

TEST_F(ReportWalkTest, WhatTakesTheSlotOfOneThatWentIsShownInItsPlace) {
  PublishMany(kSlice);
  Publish("behind");
  walk_.Step(directory_);
  ASSERT_TRUE(walk_.under_way());
  ASSERT_TRUE(directory_.Delete("c0"));
  Collect();
  Publish("instead");
  Finish();
  const std::vector<std::string> names = Names();
  EXPECT_EQ(Count(names, "c0"), 0);
  EXPECT_EQ(Count(names, "instead"), 1);
}

TEST_F(ReportWalkTest, WhatComesBackInAnotherSlotIsShownOnce) {
  PublishMany(2 * kSlice);
  walk_.Step(directory_);
  ASSERT_TRUE(walk_.under_way());
  ASSERT_TRUE(directory_.Delete("c0"));
  // The slot that was given back last is taken first.
  ASSERT_TRUE(directory_.Delete("c" + std::to_string(2 * kSlice - 1)));
  Collect();
  Follow("c0", 5);
  Finish();
  const std::vector<std::string> names = Names();
  EXPECT_EQ(names.front(), "c0");
  EXPECT_EQ(Count(names, "c0"), 1);
}

TEST_F(ReportWalkTest, ShowsWhatIsTrueAtTheEnd) {
  Follow("a", 2);
  ToSequencer count;
  count.kind = ToSequencer::Kind::kCount;
  count.channel = Follow("b", 1);
  PublishMany(2 * kSlice);
  walk_.Step(directory_);
  count.count = 5;
  directory_.Receive(0, count);
  Finish();
  const std::vector<ChannelInfo> chosen = walk_.Chosen(directory_);
  ASSERT_GE(chosen.size(), 2u);
  EXPECT_EQ(chosen[0].name, "b");
  EXPECT_EQ(chosen[0].subscribers, 5u);
  EXPECT_EQ(chosen[1].name, "a");
}

TEST_F(ReportWalkTest, EndsHoweverManyComeMeanwhile) {
  PublishMany(2 * kSlice);
  const std::uint32_t slots = directory_.slots();
  std::uint32_t steps = 0;
  std::uint32_t made = 0;
  bool ended = false;
  while (!ended && steps <= slots / kSlice + 1) {
    ended = walk_.Step(directory_);
    ++steps;
    for (std::uint32_t i = 0; i < kSlice; ++i) Publish("new" + std::to_string(made++));
  }
  EXPECT_TRUE(ended);
  Follow("later", 1);
  Finish();
  EXPECT_EQ(Names()[0], "later") << "the next walk begins with nothing";
}

}  // namespace
}  // namespace ringcast
