// What a publisher is promised: an ack means that every interested shard has been told, and a
// publisher that is too fast waits.
#include "sequencer/sequencer.h"

#include <set>
#include <string>
#include <thread>

#include "hub/budget.h"
#include "sequencer/sequencer_fixture.h"

namespace ringcast {
namespace {

using test::PublishClient;

class SequencerTest : public test::SequencerFixture {
 protected:
  void WaitForAnswers(PublishClient& client, std::size_t count) {
    TickUntil([&] {
      client.Flush();
      return client.Answers().size() >= count;
    });
  }
};

TEST_F(SequencerTest, AcknowledgesEachRequestOnceInOrderWithRisingIds) {
  Start(1, 1024);
  auto client = Binary();
  for (int i = 0; i < 5000; ++i) client->Publish("c" + std::to_string(i % 10), "data");
  WaitForAnswers(*client, 5000);
  Ticks(5);
  const auto& answers = client->Answers();
  ASSERT_EQ(answers.size(), 5000u);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_EQ(answers[i].code, 0) << answers[i].text;
    ASSERT_EQ(answers[i].request, i + 1);
    if (i > 0) {
      ASSERT_GT(answers[i].id, answers[i - 1].id);
    }
  }
  EXPECT_EQ(client->hello().version, RINGCAST_PUBLISH_VERSION);
  EXPECT_EQ(client->hello().max_data, options.max_event_bytes);
  EXPECT_EQ(stats.published.Get(), 5000u);
  EXPECT_EQ(stats.published_bytes.Get(), 5000u * 4);
}

TEST_F(SequencerTest, WhenTheAckIsThereTheLaneHasTheEvent) {
  Start(2, 64);
  Follow(0, "a");
  Follow(1, "a");
  auto client = Binary();
  for (int i = 1; i <= 20; ++i) {
    client->Publish("a", "x");
    WaitForAnswers(*client, static_cast<std::size_t>(i));
    const EventId id = client->Answers().back().id;
    for (unsigned shard : {0u, 1u}) {
      const std::vector<ToShard> told = Drain(shard);
      ASSERT_EQ(told.size(), 1u);
      EXPECT_EQ(told[0].kind, ToShard::Kind::kState);
      EXPECT_EQ(options.scheme.ToId(told[0].newest), id);
    }
  }
}

TEST_F(SequencerTest, ALaneWithoutRoomHoldsBackTheAckOfEveryone) {
  Start(2, 4);
  Follow(0, "a");
  Follow(1, "a");
  auto client = Binary();
  for (std::size_t i = 1; i <= 4; ++i) {
    client->Publish("a", "x");
    WaitForAnswers(*client, i);
    Drain(1);  // only the first shard is slow
  }
  client->Publish("a", "fifth");
  client->Flush();
  Ticks(20);
  EXPECT_EQ(client->Answers().size(), 4u);
  EXPECT_GT(stats.blocked.Get(), 0u);
  Drain(0);
  WaitForAnswers(*client, 5);
  EXPECT_EQ(Drain(0).size(), 1u);
}

TEST_F(SequencerTest, AFullLaneStopsTheReadingAndNothingIsLost) {
  Start(1, 4);
  Follow(0, "a");
  auto client = Binary();
  const std::string data(20'000, 'x');
  for (int i = 0; i < 4; ++i) {
    client->Publish("a", "x");
    WaitForAnswers(*client, static_cast<std::size_t>(i) + 1);
  }
  constexpr std::size_t kMore = 300;  // more than all buffers on the way hold
  for (std::size_t i = 0; i < kMore; ++i) client->Publish("b", data);
  client->Publish("a", "x");
  client->Flush();
  Ticks(50);
  // Channel b concerns no shard, so what was read goes on; the event on a stops everything behind
  // it.
  for (std::size_t i = 0; i < kMore; ++i) client->Publish("b", data);
  for (int i = 0; i < 200; ++i) {
    client->Flush();
    Tick();
  }
  EXPECT_GT(client->Flush(), 0u) << "the socket is full: the publisher feels it";
  EXPECT_LT(client->Answers().size(), kMore + 6);
  std::size_t told = 0;
  TickUntil([&] {
    client->Flush();
    told += Drain(0).size();
    return client->Answers().size() == 2 * kMore + 5;
  });
  EXPECT_EQ(told, 5u);
  for (std::size_t i = 0; i < client->Answers().size(); ++i) {
    ASSERT_EQ(client->Answers()[i].request, i + 1);
  }
}

// Lanes that are always full again must not keep back acks of events that stand in them.
TEST_F(SequencerTest, AnEventThatHasBeenToldIsAcknowledgedWhateverComesBehindIt) {
  Start(1, 2);
  Follow(0, "a");
  auto client = Binary();
  for (std::size_t i = 1; i <= 2; ++i) {
    client->Publish("a", "fills the lane");
    WaitForAnswers(*client, i);
  }
  client->Publish("a", "patient");
  client->Flush();
  // One that always has more to do than a turn allows, with an event for the shard in each turn.
  auto flood = Binary();
  for (int i = 0; i < 100'000; ++i) flood->Publish(i % 500 == 0 ? "a" : "b", "");
  for (int i = 0; i < 20; ++i) {
    flood->Flush();
    Tick();
  }
  ASSERT_EQ(client->Answers().size(), 2u);
  for (int i = 0; i < 20 && client->Answers().size() == 2; ++i) {
    SpscQueue<ToShard>& down = lanes[0]->down;
    if (down.Front() != nullptr) down.Pop();  // room for one
    down.Release();
    flood->Flush();
    Tick();
  }
  EXPECT_EQ(client->Answers().size(), 3u);
}

TEST_F(SequencerTest, SubscribersThatAreFarBehindStopTheirChannelAloneUntilTheyHaveRead) {
  options.history_events = 0;
  Start(1, 1024);
  const ChannelHandle handle = Follow(0, "a");
  auto client = Binary();
  const std::string data(1000, 'x');
  for (int i = 0; i < 200; ++i) client->Publish("a", data);
  auto other = Binary();
  for (int i = 0; i < 200; ++i) other->Publish("b", data);
  WaitForAnswers(*other, 200);
  for (int i = 0; i < 50; ++i) {
    client->Flush();
    Tick();
  }
  const std::size_t before = client->Answers().size();
  EXPECT_GE(before * 1000, budget::kFlowWindowBytes * 8 / 10);
  EXPECT_LE(before * 1000, budget::kFlowWindowBytes);
  EXPECT_GT(stats.blocked.Get(), 0u);

  std::uint64_t position = 0;
  for (const ToShard& message : Drain(0)) position = std::max(position, message.head);
  Progress(0, handle, position / 2);
  Ticks(5);
  const std::size_t halfway = client->Answers().size();
  EXPECT_GT(halfway, before);
  EXPECT_LT(halfway, 200u);
  TickUntil([&] {
    client->Flush();
    for (const ToShard& message : Drain(0)) position = std::max(position, message.head);
    Progress(0, handle, position);
    return client->Answers().size() == 200;
  });
  for (std::size_t i = 0; i < 200; ++i) ASSERT_EQ(client->Answers()[i].request, i + 1);
}

TEST_F(SequencerTest, APublisherThatWaitsGoesOnWhenTheSubscribersLeave) {
  Start(1, 1024);
  const ChannelHandle handle = Follow(0, "a");
  auto client = Binary();
  for (int i = 0; i < 100; ++i) client->Publish("a", std::string(1000, 'x'));
  for (int i = 0; i < 50; ++i) {
    client->Flush();
    Tick();
  }
  ASSERT_LT(client->Answers().size(), 100u);
  ToSequencer leave;
  leave.kind = ToSequencer::Kind::kLeave;
  leave.channel = handle;
  Tell(0, leave);
  WaitForAnswers(*client, 100);
}

TEST_F(SequencerTest, HistoryExpires) {
  options.history_ttl = Millis(10'000);
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", "x");
  WaitForAnswers(*client, 1);
  Tick();
  EXPECT_EQ(stats.channels.Get(), 1u);
  EXPECT_GT(stats.log_bytes.Get(), 0u);
  Pass(Millis(9'800));
  EXPECT_EQ(stats.channels.Get(), 1u);
  Pass(Millis(400));
  EXPECT_EQ(stats.channels.Get(), 0u);
  EXPECT_EQ(stats.log_bytes.Get(), 0u);
}

TEST_F(SequencerTest, AnswersAReportFromAnotherThread) {
  Start(1, 1024);
  Follow(0, "a");
  auto client = Binary();
  client->Publish("a", "x");
  client->Publish("a", "x", "price");
  client->Publish("b", "x", "price");
  WaitForAnswers(*client, 3);
  ReportBox::Report report;
  std::atomic<bool> asked{false};
  std::thread asker([&] {
    EXPECT_TRUE(reports.Ask(
        report, [] {}, std::chrono::seconds(10)));
    asked = true;
  });
  TickUntil([&] { return asked.load(); });
  asker.join();
  EXPECT_EQ(report.channel_count, 2u);
  ASSERT_EQ(report.channels.size(), 2u);
  EXPECT_EQ(report.channels[0].name, "a") << "the one with the most subscribers first";
  EXPECT_EQ(report.channels[0].subscribers, 1u);
  EXPECT_EQ(report.channels[0].kept_events, 2u);
  std::set<std::pair<std::string, std::uint64_t>> types(report.events_by_type.begin(),
                                                        report.events_by_type.end());
  EXPECT_EQ(types, (std::set<std::pair<std::string, std::uint64_t>>{{"message", 1}, {"price", 2}}));
  char text[kMaxEventIdSize];
  EXPECT_EQ(report.newest_id, std::string(text, FormatEventId(client->Answers().back().id, text)));
}

TEST_F(SequencerTest, AnEventDoesNotWaitForAReportOfManyChannels) {
  constexpr std::uint32_t kSlices = 8;
  Start(1, 1024);
  Follow(0, "followed");
  for (std::uint32_t slice = 0; slice < kSlices; ++slice) {
    std::string lines;
    for (std::uint32_t i = 0; i < budget::kReportSlice; ++i) {
      const std::uint32_t number = slice * budget::kReportSlice + i;
      lines += R"({"channel":"c)" + std::to_string(number) + "\",\"data\":\"x\"}\n";
    }
    ASSERT_NE(Http(Post("/publish", lines)).find(" 200 "), std::string::npos);
  }
  auto client = Binary();
  Ticks(2);
  ReportBox::Report report;
  std::thread asker([&] {
    EXPECT_TRUE(reports.Ask(
        report, [] {}, std::chrono::seconds(60)));
  });
  while (!reports.wanted()) std::this_thread::yield();
  Tick();
  client->Publish("followed", "x");
  WaitForAnswers(*client, 1);
  EXPECT_TRUE(reports.wanted()) << "the event came first";
  EXPECT_EQ(Drain(0).size(), 1u) << "and so did what the shard is told of it";
  Tick();
  EXPECT_TRUE(reports.wanted());
  TickUntil([&] { return !reports.wanted(); });
  asker.join();
  EXPECT_EQ(report.channel_count, kSlices * budget::kReportSlice + 1);
  ASSERT_EQ(report.channels.size(), ReportWalk::kMostChannels);
  EXPECT_EQ(report.channels[0].name, "followed");
  EXPECT_EQ(report.channels[0].kept_events, 1u);
}

TEST_F(SequencerTest, AReportThatNobodyAnswersTimesOut) {
  Start(1, 64);
  ReportBox::Report report;
  EXPECT_FALSE(reports.Ask(
      report, [] {}, Millis(10)));
  Tick();  // answers into the void
  std::atomic<bool> asked{false};
  std::thread asker([&] {
    EXPECT_TRUE(reports.Ask(
        report, [] {}, std::chrono::seconds(10)));
    asked = true;
  });
  TickUntil([&] { return asked.load(); });
  asker.join();
}

TEST_F(SequencerTest, EndsWhenItIsTold) {
  Start(1, 64);
  EXPECT_TRUE(Tick());
  stop.stop = true;
  EXPECT_FALSE(Tick());
}

}  // namespace
}  // namespace ringcast
