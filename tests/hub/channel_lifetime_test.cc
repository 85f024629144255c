// How channels of a directory come and go: rules, creation, ends.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "hub/budget.h"
#include "hub/channel_directory.h"
#include "hub/channel_directory_fixture.h"

namespace ringcast {
namespace {

using test::ChannelDirectoryTest;
using test::kStart;
using Standing = ChannelStanding;

class ChannelLifetimeTest : public ChannelDirectoryTest {
 protected:
  ChannelLifetimeTest() {
    directory_.SetRules(ChannelRules(
        {{.match = "job:{id}", .strict = true, .terms = {.unused_timeout = Millis(1000)}},
         {.match = "log:*", .strict = {}, .terms = {.history_events = 1}},
         {.match = "none:*", .strict = {}, .terms = {.history_events = 0}}}));
    directory_.SetEndedLifetime(kRemembered);
    Advance(1);
  }

  void Advance(std::uint32_t tick) {
    directory_.Expire(tick);
    directory_.CollectChanges();
  }
  bool IsUnknown(const std::string& name) {
    ChannelDirectory::Published published;
    EXPECT_TRUE(directory_.Publish(name, {"", "x"}, {kStart, 1, 1}, published));
    return published.unknown_channel;
  }
  // A shard asks for the channel; what it is told, and how it names it.
  std::pair<Standing, ChannelHandle> Ask(const std::string& name, unsigned shard = 0,
                                         std::uint32_t index = 0) {
    const ToSequencer interest = Interest(name, index);
    const std::vector<ToShard> answer = Tell(shard, interest);
    EXPECT_GE(answer.size(), 2u);
    EXPECT_EQ(answer[0].kind, ToShard::Kind::kOpen);
    if (answer[0].name != interest.name) ChannelNameBlock::Free(interest.name);
    return {answer[1].standing, answer[0].sequencer_channel};
  }
  // The same, and goes again at once.
  Standing StandingOf(const std::string& name) {
    const auto [standing, handle] = Ask(name);
    directory_.Receive(0, About(ToSequencer::Kind::kLeave, handle));
    return standing;
  }
  bool IsThere(const std::string& name) const {
    ChannelInfo info;
    return directory_.Describe(name, info) && info.standing == Standing::kLive;
  }
  static ChannelTermsChange Events(std::uint32_t events) { return {.history_events = events}; }

  static constexpr std::uint32_t kRemembered = 1000;
};

TEST_F(ChannelLifetimeTest, AStrictChannelMustBeCreatedFirst) {
  EXPECT_EQ(StandingOf("job:1"), Standing::kUnknown);
  EXPECT_TRUE(IsUnknown("job:1"));
  EXPECT_EQ(directory_.channel_count(), 0u) << "who asks in vain leaves nothing";
  EXPECT_TRUE(directory_.Create("job:1", nullptr));
  EXPECT_FALSE(directory_.Create("job:1", nullptr));
  EXPECT_EQ(StandingOf("job:1"), Standing::kLive);
  EXPECT_FALSE(IsUnknown("job:1"));
  EXPECT_EQ(StandingOf("job:1/log"), Standing::kLive) << "another name";
}

TEST_F(ChannelLifetimeTest, ARefusedEventTakesNoPlaceInTheOrder) {
  const Sequence before = directory_.newest();
  EXPECT_TRUE(IsUnknown("job:1"));
  EXPECT_EQ(directory_.newest(), before);
}

TEST_F(ChannelLifetimeTest, AChannelThatWasCreatedStays) {
  EXPECT_TRUE(directory_.Create("a", nullptr));
  Advance(100'000);
  EXPECT_TRUE(IsThere("a"));
  EXPECT_TRUE(InfoOf("a").created);
  EXPECT_EQ(directory_.created_count(), 1u);
  EXPECT_EQ(directory_.creations(), 1u);
  EXPECT_TRUE(directory_.IsCreated("a"));
  EXPECT_FALSE(directory_.IsCreated("b"));
}

TEST_F(ChannelLifetimeTest, OneThatIsUsedAlreadyIsKeptFromThenOn) {
  Publish("a", "x");
  EXPECT_FALSE(directory_.Create("a", nullptr)) << "it was there";
  Advance(200);
  EXPECT_EQ(InfoOf("a").kept_events, 0u) << "its history is as it was";
  EXPECT_TRUE(IsThere("a"));
}

TEST_F(ChannelLifetimeTest, RulesBoundTheHistory) {
  for (int i = 0; i < 3; ++i) Publish("log:1", "x");
  EXPECT_EQ(InfoOf("log:1").kept_events, 1u);
  Publish("none:1", "x");
  EXPECT_FALSE(IsThere("none:1"));
  for (int i = 0; i < 5; ++i) Publish("a", "x");
  EXPECT_EQ(InfoOf("a").kept_events, 3u) << "no rule: the options";
  EXPECT_EQ(InfoOf("log:1").terms.history.events, 1u);
  EXPECT_EQ(InfoOf("log:1").terms.history.ticks, 100u);
}

TEST_F(ChannelLifetimeTest, SubscribersThatComeAndGoLeaveTheRuleAsItIs) {
  const ChannelHandle first = Ask("log:1", 0).second;
  const ChannelHandle second = Ask("log:1", 1).second;
  for (int i = 0; i < 3; ++i) Publish("log:1", "x");
  EXPECT_EQ(InfoOf("log:1").kept_events, 1u);
  directory_.Receive(0, About(ToSequencer::Kind::kLeave, first));
  for (int i = 0; i < 3; ++i) Publish("log:1", "x");
  directory_.Receive(1, About(ToSequencer::Kind::kLeave, second));
  EXPECT_EQ(InfoOf("log:1").kept_events, 1u);
  EXPECT_EQ(InfoOf("log:1").terms.history.events, 1u);
}

TEST_F(ChannelLifetimeTest, OtherRulesHoldForChannelsThatAreThere) {
  for (int i = 0; i < 3; ++i) Publish("a", "x");
  for (int i = 0; i < 3; ++i) Publish("log:1", "x");
  directory_.SetRules(ChannelRules({{.match = "a", .strict = true, .terms = Events(2)}}));
  EXPECT_TRUE(directory_.trimming());
  Advance(2);
  EXPECT_FALSE(directory_.trimming());
  EXPECT_EQ(InfoOf("a").kept_events, 2u);
  EXPECT_FALSE(IsUnknown("a")) << "what is there stays, also where it would have to be created";
  for (int i = 0; i < 3; ++i) Publish("log:1", "x");
  EXPECT_EQ(InfoOf("log:1").kept_events, 3u);
  EXPECT_FALSE(IsUnknown("job:1"));
}

TEST_F(ChannelLifetimeTest, RulesThatChangeTwiceAtOnceHoldAsTheyAreLast) {
  for (int i = 0; i < 3; ++i) Publish("log:1", "x");
  directory_.SetRules(ChannelRules({{.match = "x", .strict = {}, .terms = {}},
                                    {.match = "y", .strict = {}, .terms = {}},
                                    {.match = "log:*", .strict = {}, .terms = Events(3)}}));
  directory_.SetRules(ChannelRules());
  EXPECT_EQ(InfoOf("log:1").terms.history.events, 3u) << "the options'";
  Advance(2);
  for (int i = 0; i < 5; ++i) Publish("log:1", "x");
  EXPECT_EQ(InfoOf("log:1").kept_events, 3u);
}

TEST_F(ChannelLifetimeTest, WhatIsSaidOnCreationGoesBeforeTheRule) {
  const ChannelTermsChange two = Events(2);
  directory_.Create("log:1", &two);
  for (int i = 0; i < 3; ++i) Publish("log:1", "x");
  EXPECT_EQ(InfoOf("log:1").kept_events, 2u);
  const ChannelTermsChange one = Events(1);
  directory_.Create("log:1", &one);
  EXPECT_EQ(InfoOf("log:1").kept_events, 1u) << "at once";
  directory_.Create("log:1", nullptr);
  EXPECT_EQ(InfoOf("log:1").terms.history.events, 1u) << "nothing said, nothing changed";
  const ChannelTermsChange nothing;
  directory_.Create("log:1", &nothing);
  directory_.SetHistory({.events = 9, .ticks = 7});
  Advance(2);
  EXPECT_EQ(InfoOf("log:1").terms.history.events, 1u) << "the rule's";
  EXPECT_EQ(InfoOf("log:1").terms.history.ticks, 7u) << "the options'";
}

TEST_F(ChannelLifetimeTest, AnEventOfThisMomentIsNotOld) {
  Publish("a", "x", 50);
  directory_.Create("a", nullptr);
  EXPECT_EQ(InfoOf("a").kept_events, 1u) << "whatever the time was when it was told last";
}

TEST_F(ChannelLifetimeTest, AShorterHistoryIsToldToSubscribers) {
  directory_.Create("a", nullptr);
  const ToSequencer interest = Interest("a", 0);
  Tell(0, interest);
  ChannelNameBlock::Free(interest.name);  // the directory has one of its own
  const EventId first = Publish("a", "x").id;
  Publish("a", "x");
  Collect(0);
  const ChannelTermsChange one = Events(1);
  directory_.Create("a", &one);
  const std::vector<ToShard> told = Collect(0);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(scheme_.ToId(told[0].forgotten), first);
}

TEST_F(ChannelLifetimeTest, AnEndIsRememberedForItsTime) {
  Publish("a", "x");
  EXPECT_TRUE(directory_.Delete("a"));
  EXPECT_EQ(directory_.channel_count(), 0u);
  EXPECT_TRUE(directory_.HasEnded("a"));
  EXPECT_EQ(StandingOf("a"), Standing::kEnded);
  EXPECT_EQ(directory_.channel_count(), 0u);
  EXPECT_FALSE(directory_.Delete("a")) << "it is not there";
  Advance(1 + kRemembered - 1);
  EXPECT_EQ(StandingOf("a"), Standing::kEnded);
  Advance(1 + kRemembered);
  EXPECT_EQ(StandingOf("a"), Standing::kLive);
  EXPECT_EQ(directory_.ended(EndReason::kDeleted), 1u);
}

TEST_F(ChannelLifetimeTest, AnEndIsRememberedForThoseWhoAreAwayFromAChannelWithNothing) {
  EXPECT_FALSE(directory_.Delete("a"));
  EXPECT_EQ(StandingOf("a"), Standing::kEnded);
  EXPECT_EQ(directory_.ended(EndReason::kDeleted), 0u);
  EXPECT_FALSE(directory_.Delete("job:1"));
  EXPECT_EQ(StandingOf("job:1"), Standing::kUnknown) << "it was never there for anybody";
}

TEST_F(ChannelLifetimeTest, AnEndedStrictChannelHasEnded) {
  directory_.Create("job:1", nullptr);
  EXPECT_TRUE(directory_.Delete("job:1"));
  EXPECT_EQ(directory_.created_count(), 0u);
  EXPECT_EQ(StandingOf("job:1"), Standing::kEnded);
  EXPECT_TRUE(IsUnknown("job:1")) << "an event does not bring it back";
  EXPECT_EQ(StandingOf("job:1"), Standing::kEnded);
  Advance(1 + kRemembered);
  EXPECT_EQ(StandingOf("job:1"), Standing::kUnknown);
  EXPECT_TRUE(directory_.Create("job:1", nullptr));
  EXPECT_EQ(StandingOf("job:1"), Standing::kLive);
}

TEST_F(ChannelLifetimeTest, AnEventOrACreationIsANewBeginning) {
  for (const std::string name : {"a", "none:1"}) {
    directory_.Delete(name);
    ASSERT_EQ(StandingOf(name), Standing::kEnded);
    Publish(name, "x");
    EXPECT_FALSE(directory_.HasEnded(name));
    EXPECT_EQ(StandingOf(name), Standing::kLive);
    directory_.Delete(name);
    EXPECT_TRUE(directory_.Create(name, nullptr));
    EXPECT_FALSE(directory_.HasEnded(name));
    EXPECT_EQ(StandingOf(name), Standing::kLive);
  }
}

TEST_F(ChannelLifetimeTest, NothingIsRememberedWhereTheLifetimeIsOff) {
  directory_.SetEndedLifetime(0);
  Publish("a", "x");
  directory_.Delete("a");
  EXPECT_EQ(StandingOf("a"), Standing::kLive);
  directory_.Create("job:1", nullptr);
  directory_.Delete("job:1");
  EXPECT_EQ(StandingOf("job:1"), Standing::kUnknown);
}

TEST_F(ChannelLifetimeTest, ShardsAreToldOfTheEndAndOfTheBeginning) {
  Ask("a", 0, 3);
  Ask("a", 1, 5);
  Publish("a", "x");
  EXPECT_TRUE(directory_.Delete("a"));
  for (unsigned shard = 0; shard < 2; ++shard) {
    const std::vector<ToShard> told = Collect(shard);
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].standing, Standing::kEnded);
    EXPECT_EQ(told[1].kind, ToShard::Kind::kEnd);
  }
  EXPECT_FALSE(IsThere("a"));
  const EventId id = Publish("a", "again").id;
  for (unsigned shard = 0; shard < 2; ++shard) {
    const std::vector<ToShard> told = Collect(shard);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].standing, Standing::kLive);
    EXPECT_EQ(scheme_.ToId(told[0].newest), id);
  }
  EXPECT_EQ(InfoOf("a").subscribers, 2u);
  directory_.Delete("a");
  Collect(0);
  EXPECT_TRUE(directory_.Create("a", nullptr));
  EXPECT_EQ(Collect(0).back().standing, Standing::kLive) << "without an event, too";
}

TEST_F(ChannelLifetimeTest, WhoAsksWhenTheMemoryIsOverBeginsItAnewForAll) {
  Ask("a", 0);
  directory_.Delete("a");
  const auto [standing, handle] = Ask("a", 1);
  EXPECT_EQ(standing, Standing::kEnded);
  directory_.Receive(1, About(ToSequencer::Kind::kLeave, handle));
  Collect(0);
  Advance(1 + kRemembered);
  EXPECT_EQ(Ask("a", 1).first, Standing::kLive);
  const std::vector<ToShard> told = Collect(0);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].standing, Standing::kLive);
}

// Whoever comes back over an end and a new beginning is told what it missed.
TEST_F(ChannelLifetimeTest, WhatWasLostWithTheEndIsKnownAfterANewBeginning) {
  Publish("a", "x");
  const EventId lost = Publish("a", "y").id;
  directory_.Delete("a");
  EXPECT_EQ(directory_.channel_count(), 0u);
  Publish("a", "z");
  const ToSequencer interest = Interest("a", 0);
  const std::vector<ToShard> answer = Tell(0, interest);
  ChannelNameBlock::Free(interest.name);
  EXPECT_EQ(scheme_.ToId(answer[1].forgotten), lost);
}

TEST_F(ChannelLifetimeTest, UnusedForItsTimeItIsForgotten) {
  Advance(10);
  directory_.Create("job:1", nullptr);
  EXPECT_LE(directory_.NextExpiry(), 30u);
  Advance(29);
  EXPECT_TRUE(IsThere("job:1"));
  Advance(30);
  EXPECT_EQ(directory_.channel_count(), 0u);
  EXPECT_EQ(directory_.created_count(), 0u);
  EXPECT_EQ(directory_.ended(EndReason::kUnused), 1u);
  EXPECT_EQ(StandingOf("job:1"), Standing::kUnknown) << "it has not ended, it is forgotten";
  EXPECT_EQ(directory_.NextExpiry(), UINT32_MAX);
}

TEST_F(ChannelLifetimeTest, EventsAndSubscribersAreUse) {
  directory_.Create("job:1", nullptr);
  Advance(15);
  Publish("job:1", "x", 15);
  Advance(34);
  EXPECT_TRUE(IsThere("job:1"));
  const ChannelHandle handle = Ask("job:1").second;
  Advance(300);
  EXPECT_TRUE(IsThere("job:1")) << "as long as there is a subscriber";
  directory_.Receive(0, About(ToSequencer::Kind::kLeave, handle));
  Advance(319);
  EXPECT_TRUE(IsThere("job:1"));
  Advance(320);
  EXPECT_FALSE(IsThere("job:1"));
}

TEST_F(ChannelLifetimeTest, ItsHistoryGoesWithIt) {
  const ChannelTermsChange brief{.unused_timeout = Millis(1000)};
  directory_.Create("a", &brief);
  const EventId id = Publish("a", "x", 1).id;
  Advance(21);
  EXPECT_EQ(directory_.channel_count(), 0u);
  EXPECT_EQ(directory_.log_bytes(), 0u);
  EXPECT_EQ(StandingOf("a"), Standing::kLive);
  const ToSequencer interest = Interest("a", 0);
  EXPECT_EQ(scheme_.ToId(Tell(0, interest)[1].forgotten), id) << "and who missed it is told";
}

TEST_F(ChannelLifetimeTest, AnotherTimeHoldsFromWhenItIsSaid) {
  directory_.Create("job:1", nullptr);
  const ChannelTermsChange never{.unused_timeout = Millis(0)};
  directory_.Create("job:1", &never);
  Advance(100);
  EXPECT_TRUE(IsThere("job:1"));
  const ChannelTermsChange nothing;
  directory_.Create("job:1", &nothing);
  directory_.SetRules(
      ChannelRules({{.match = "job:*", .strict = {}, .terms = {.unused_timeout = Millis(2000)}}}));
  Advance(120);
  EXPECT_TRUE(IsThere("job:1")) << "by the rule before it would be gone";
  Advance(140);
  EXPECT_FALSE(IsThere("job:1"));
}

TEST_F(ChannelLifetimeTest, ManyThatAreUnusedGoInBatches) {
  constexpr int kChannels = 1000;
  for (int i = 0; i < kChannels; ++i) directory_.Create("job:" + std::to_string(i), nullptr);
  directory_.CollectChanges();
  int calls = 0;
  for (std::uint32_t tick = 21; directory_.created_count() > 0; ++tick, ++calls) {
    ASSERT_LT(calls, kChannels);
    directory_.Expire(tick);
    EXPECT_LE(directory_.pending_entries(), budget::kBatchShare);
    directory_.CollectChanges();
  }
  EXPECT_GT(calls, 3);
  EXPECT_EQ(directory_.channel_count(), 0u);
  EXPECT_EQ(directory_.ended(EndReason::kUnused), std::uint64_t{kChannels});
}

}  // namespace
}  // namespace ringcast
