#include "hub/channel_directory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hub/budget.h"
#include "hub/channel_directory_fixture.h"
#include "hub/log_view.h"
#include "hub/simulated_shard.h"

namespace ringcast {
namespace {

using test::ChannelDirectoryTest;
using test::kStart;
using test::SimulatedShard;

class WithoutHistory : public ChannelDirectoryTest {
 protected:
  WithoutHistory() : ChannelDirectoryTest({.events = 0}) {}
};

TEST_F(ChannelDirectoryTest, OneOrderForAllChannels) {
  EventId before = directory_.newest_id();
  for (int i = 0; i < 100; ++i) {
    const EventId id = Publish("c" + std::to_string(i % 7), "x").id;
    EXPECT_GT(id, before);
    EXPECT_EQ(id, directory_.newest_id());
    before = id;
  }
}

TEST_F(ChannelDirectoryTest, DescribesWhatIsKept) {
  Publish("a", "one");
  const EventId second = Publish("a", "two").id;
  Publish("a", "three");
  const EventId newest = Publish("a", "four").id;
  directory_.CollectChanges();
  const ChannelInfo info = InfoOf("a");
  EXPECT_EQ(info.name, "a");
  EXPECT_EQ(info.kept_events, 3u);
  EXPECT_EQ(info.oldest_kept, second);
  EXPECT_EQ(info.newest, newest);
  EXPECT_EQ(info.subscribers, 0u);
  EXPECT_GT(info.kept_bytes, 3 * 20u);
  std::vector<std::string_view> seen;
  for (std::uint32_t slot = 0; slot < directory_.slots(); ++slot) {
    if (directory_.HasChannel(slot)) seen.push_back(directory_.Describe(slot).name);
  }
  EXPECT_EQ(seen, std::vector<std::string_view>{"a"});
  ChannelInfo none;
  EXPECT_FALSE(directory_.Describe("b", none));
}

TEST_F(ChannelDirectoryTest, AnInterestIsAnsweredWithTheNameTheLogAndItsState) {
  Publish("a", "one");
  const EventId newest = Publish("a", "two").id;
  ToSequencer interest = Interest("a", 5);
  ChannelNameBlock* const offered = interest.name;
  const std::vector<ToShard> answer = Tell(1, interest);
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer[0].kind, ToShard::Kind::kOpen);
  EXPECT_EQ(answer[0].channel, (ChannelHandle{5, 7}));
  EXPECT_EQ(answer[0].head, 0u) << "the view starts where the log physically does";
  EXPECT_EQ(answer[0].newest, directory_.newest());
  EXPECT_NE(answer[0].name, offered) << "the channel has its name already";
  EXPECT_EQ(answer[1].kind, ToShard::Kind::kState);
  EXPECT_EQ(scheme_.ToId(answer[1].newest), newest);
  LogView view(answer[0].head);
  view.Extend(answer[1].from, answer[1].hops, answer[1].frames_in_last, answer[1].head);
  EXPECT_EQ(view.CountFrames(0, view.head()), 2u);
  EXPECT_EQ(directory_.outbox(0).size(), 0u) << "the other shard has not asked";
  ChannelNameBlock::Free(offered);
}

TEST_F(ChannelDirectoryTest, AdoptsTheNameOfANewChannel) {
  const ToSequencer interest = Interest("fresh", 0);
  const std::vector<ToShard> answer = Tell(0, interest);
  EXPECT_EQ(answer[0].name, interest.name);
  EXPECT_EQ(InfoOf("fresh").subscribers, 1u);
}

TEST_F(ChannelDirectoryTest, TellsOnlyShardsWithSubscribersAndEachChannelOnceABatch) {
  Tell(0, Interest("a", 0));
  Tell(1, Interest("b", 0));
  for (int i = 0; i < 5; ++i) Publish("a", "x");
  EXPECT_EQ(directory_.pending_entries(), 1u);
  EXPECT_EQ(Collect(0).size(), 1u);
  EXPECT_EQ(Collect(1).size(), 0u);
  EXPECT_EQ(directory_.pending_entries(), 0u);
}

TEST_F(ChannelDirectoryTest, CountsSubscribersOverAllShards) {
  const ChannelHandle of0 = Tell(0, Interest("a", 0))[0].sequencer_channel;
  ToSequencer second = Interest("a", 0);
  const ChannelHandle of1 = Tell(1, second)[0].sequencer_channel;
  ChannelNameBlock::Free(second.name);
  EXPECT_EQ(InfoOf("a").subscribers, 2u);
  ToSequencer count = About(ToSequencer::Kind::kCount, of1);
  count.count = 10;
  directory_.Receive(1, count);
  EXPECT_EQ(InfoOf("a").subscribers, 11u);
  EXPECT_EQ(Publish("a", "x").subscribers, 11u);
  directory_.Receive(0, About(ToSequencer::Kind::kLeave, of0));
  EXPECT_EQ(InfoOf("a").subscribers, 10u);
  directory_.Receive(0, About(ToSequencer::Kind::kLeave, of0));
  EXPECT_EQ(InfoOf("a").subscribers, 10u) << "a message from who has left changes nothing";
}

TEST_F(ChannelDirectoryTest, AMessageAboutAnEarlierUseOfTheIndexIsIgnored) {
  const ChannelHandle old = Tell(0, Interest("a", 0))[0].sequencer_channel;
  directory_.Receive(0, About(ToSequencer::Kind::kLeave, old));
  EXPECT_EQ(directory_.channel_count(), 0u);
  const ChannelHandle now = Tell(0, Interest("b", 0))[0].sequencer_channel;
  EXPECT_EQ(now.index, old.index);
  directory_.Receive(0, About(ToSequencer::Kind::kLeave, old));
  EXPECT_EQ(InfoOf("b").subscribers, 1u);
}

TEST_F(ChannelDirectoryTest, HistoryExpiresAndTheChannelGoesButIsNotForgottenSilently) {
  const EventId id = Publish("a", "x", 10).id;
  directory_.CollectChanges();
  directory_.Expire(109);
  directory_.CollectChanges();
  EXPECT_EQ(InfoOf("a").kept_events, 1u);
  EXPECT_LE(directory_.NextExpiry(), 110u);
  directory_.Expire(110);
  directory_.CollectChanges();
  EXPECT_EQ(directory_.channel_count(), 0u);
  EXPECT_EQ(directory_.log_bytes(), 0u);
  EXPECT_EQ(directory_.NextExpiry(), UINT32_MAX);
  const ToShard state = Tell(0, Interest("a", 0))[1];
  EXPECT_EQ(scheme_.ToId(state.forgotten), id);
}

TEST_F(ChannelDirectoryTest, FewerEventsTrimWhatIsThereAndTellSubscribers) {
  Tell(0, Interest("a", 0));
  for (const char* data : {"1", "2", "3"}) Publish("a", data);
  const auto newest_but_one = Publish("a", "4");
  Publish("a", "5");
  Collect(0);
  ASSERT_EQ(InfoOf("a").kept_events, 3u);
  EXPECT_FALSE(directory_.trimming());
  directory_.SetHistory({.events = 1, .ticks = 100});
  EXPECT_TRUE(directory_.trimming());
  directory_.Expire(2);
  EXPECT_FALSE(directory_.trimming());
  EXPECT_FALSE(directory_.HasMoreToForget());
  EXPECT_EQ(InfoOf("a").kept_events, 1u);
  const std::vector<ToShard> told = Collect(0);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(scheme_.ToId(told[0].forgotten), newest_but_one.id) << "who resumes is told a gap";
  // More again: what is gone stays gone, and what comes is kept.
  directory_.SetHistory({.events = 5, .ticks = 100});
  directory_.Expire(3);
  for (const char* data : {"6", "7"}) Publish("a", data, 3);
  EXPECT_EQ(InfoOf("a").kept_events, 3u);
}

TEST_F(ChannelDirectoryTest, AnotherAgeHoldsForEventsThatAreThere) {
  Publish("a", "x", 1);
  Publish("b", "x", 5);
  Collect(0);
  directory_.SetHistory({.events = 3, .ticks = 10});
  directory_.Expire(10);
  EXPECT_EQ(InfoOf("a").kept_events, 1u);
  directory_.Expire(11);
  Collect(0);
  ChannelInfo info;
  EXPECT_FALSE(directory_.Describe("a", info)) << "its timer was armed for 101";
  directory_.SetHistory({.events = 3});
  directory_.Expire(12);
  directory_.Expire(10'000);
  Collect(0);
  EXPECT_EQ(InfoOf("b").kept_events, 1u) << "no age at all any more";
  directory_.SetHistory({.events = 3, .ticks = 10});
  directory_.Expire(10'001);
  Collect(0);
  EXPECT_FALSE(directory_.Describe("b", info));
}

TEST_F(ChannelDirectoryTest, ManyChannelsAreTrimmedInBatchesThatFitALane) {
  constexpr int kChannels = 1000;
  for (int i = 0; i < kChannels; ++i) {
    Tell(0, Interest("c" + std::to_string(i), static_cast<std::uint32_t>(i)));
    for (int n = 0; n < 3; ++n) Publish("c" + std::to_string(i), "x");
    Collect(0);
  }
  directory_.SetHistory({.events = 0, .ticks = 100});
  std::size_t told = 0;
  int calls = 0;
  for (std::uint32_t tick = 2; directory_.trimming(); ++tick, ++calls) {
    ASSERT_LT(calls, 1000);
    directory_.Expire(tick);
    const std::size_t batch = Collect(0).size();
    EXPECT_LE(batch, budget::kBatchShare);
    told += batch;
    // A channel that is made meanwhile has the new bounds already.
    Publish("new", "x", tick);
  }
  EXPECT_GT(calls, 3);
  EXPECT_EQ(told, std::size_t{kChannels});
  for (int i = 0; i < kChannels; ++i) EXPECT_EQ(InfoOf("c" + std::to_string(i)).kept_events, 0u);
}

TEST_F(ChannelDirectoryTest, ASubscriberIsToldWhenHistoryExpires) {
  Tell(0, Interest("a", 0));
  Publish("a", "x", 10);
  const ToShard grown = Collect(0)[0];
  directory_.Expire(200);
  const std::vector<ToShard> messages = Collect(0);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].head, grown.head);
  EXPECT_EQ(messages[0].kept_from, grown.head);
  EXPECT_EQ(messages[0].forgotten, directory_.newest());
}

TEST_F(ChannelDirectoryTest, DeletingEndsStreamsAfterTheStateThatTheyEndAt) {
  Tell(0, Interest("a", 3));
  Publish("a", "x");
  EXPECT_TRUE(directory_.Delete("a"));
  const std::vector<ToShard> messages = Collect(0);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].kind, ToShard::Kind::kState);
  EXPECT_NE(messages[0].from, nullptr) << "the last event is still delivered";
  EXPECT_EQ(messages[1].kind, ToShard::Kind::kEnd);
  EXPECT_EQ(messages[1].channel, (ChannelHandle{3, 7}));
  EXPECT_EQ(InfoOf("a").kept_events, 0u);
}

TEST_F(ChannelDirectoryTest, DeletingAChannelWithoutSubscribersLeavesNothing) {
  EXPECT_FALSE(directory_.Delete("a"));
  Publish("a", "x");
  EXPECT_TRUE(directory_.Delete("a"));
  EXPECT_EQ(directory_.channel_count(), 0u);
  EXPECT_EQ(directory_.log_bytes(), 0u);
  EXPECT_FALSE(directory_.Delete("a"));
}

TEST_F(ChannelDirectoryTest, ASyncComesAfterEverythingOrderedBefore) {
  Tell(0, Interest("a", 0));
  Publish("a", "x");
  ToSequencer sync;
  sync.kind = ToSequencer::Kind::kSync;
  const std::vector<ToShard> messages = Tell(0, sync);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].kind, ToShard::Kind::kState);
  EXPECT_EQ(messages[1].kind, ToShard::Kind::kSync);
  EXPECT_EQ(messages[1].newest, directory_.newest());
}

TEST_F(WithoutHistory, AnUnsubscribedChannelCostsNothing) {
  const std::size_t before = directory_.bytes();
  for (int i = 0; i < 100'000; ++i) Publish("channel/" + std::to_string(i), "data");
  directory_.CollectChanges();
  EXPECT_EQ(directory_.bytes(), before);
  EXPECT_EQ(directory_.channel_count(), 0u);
}

TEST_F(WithoutHistory, APublisherWaitsForSubscribersThatKeepUpAndGoesOnWhenTheyHaveRead) {
  const ChannelHandle handle = Tell(0, Interest("a", 0))[0].sequencer_channel;
  const std::string data(1000, 'x');
  ChannelDirectory::Published published;
  std::uint64_t accepted = 0;
  while (directory_.Publish("a", {"", data}, {kStart, 1, 1}, published)) ++accepted;
  EXPECT_GE(accepted * 1000, budget::kFlowWindowBytes * 9 / 10);
  EXPECT_LE(accepted * 1000, budget::kFlowWindowBytes);
  const Sequence newest = directory_.newest();
  EXPECT_FALSE(directory_.Publish("a", {"", data}, {kStart, 1, 1}, published));
  EXPECT_EQ(directory_.newest(), newest) << "a refusal takes no place in the order";
  Publish("b", data);
  EXPECT_FALSE(directory_.TakeRelieved()) << "other channels have nothing to do with it";

  const std::uint64_t head = Collect(0)[0].head;
  ToSequencer progress = About(ToSequencer::Kind::kProgress, handle);
  progress.held_from = progress.flushed = head;
  directory_.Receive(0, progress);
  EXPECT_TRUE(directory_.TakeRelieved());
  EXPECT_FALSE(directory_.TakeRelieved()) << "taken once";
  EXPECT_TRUE(directory_.Publish("a", {"", data}, {kStart, 1, 1}, published));
}

TEST_F(WithoutHistory, TheSlowestShardDecidesUntilItLeaves) {
  const ChannelHandle of0 = Tell(0, Interest("a", 0))[0].sequencer_channel;
  ToSequencer second = Interest("a", 0);
  const ChannelHandle of1 = Tell(1, second)[0].sequencer_channel;
  ChannelNameBlock::Free(second.name);
  const std::string data(1000, 'x');
  ChannelDirectory::Published published;
  while (directory_.Publish("a", {"", data}, {kStart, 1, 1}, published)) {
  }
  const std::uint64_t head = Collect(0)[0].head;
  ToSequencer progress = About(ToSequencer::Kind::kProgress, of0);
  progress.held_from = progress.flushed = head;
  directory_.Receive(0, progress);
  EXPECT_FALSE(directory_.Publish("a", {"", data}, {kStart, 1, 1}, published));
  EXPECT_GT(directory_.log_bytes(), 0u) << "the other shard still holds it";
  directory_.TakeRelieved();
  directory_.Receive(1, About(ToSequencer::Kind::kLeave, of1));
  EXPECT_TRUE(directory_.TakeRelieved());
  EXPECT_EQ(directory_.log_bytes(), 0u);
  EXPECT_TRUE(directory_.Publish("a", {"", data}, {kStart, 1, 1}, published));
}

// A server's shards may come and go in every order: names are stored once and freed once.
TEST_F(WithoutHistory, NamesAreOwnedByOne) {
  test::PublishedEvents published;
  for (int round = 0; round < 3; ++round) {
    SimulatedShard first(0, directory_, scheme_, published);
    SimulatedShard second(1, directory_, scheme_, published);
    first.Open("same", std::nullopt);
    second.Open("same", std::nullopt);
    first.TellOne();
    second.TellOne();
    directory_.CollectChanges();
    first.TakeOutbox(directory_.newest());
    second.TakeOutbox(directory_.newest());
    first.DrainLane();
    second.DrainLane();
    first.Leave("same");
    first.TellOne();
    EXPECT_EQ(InfoOf("same").name, "same");
    second.Leave("same");
    second.TellOne();
    EXPECT_EQ(directory_.channel_count(), 0u);
  }
}

}  // namespace
}  // namespace ringcast
