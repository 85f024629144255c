// Coming back with the id of the last event: what was missed is replayed exactly, then it goes on
// live, without a hole and without a duplicate.
#include <random>

#include "integration/daemon_test.h"
#include "integration/number_flood.h"
#include "integration/sequence_check.h"

namespace ringcast::test {
namespace {

using ResumeTest = DaemonTest;

void ExpectNumbers(Stream& stream, int from, int to) {
  for (int i = from; i < to; ++i) ASSERT_EQ(stream.Next().data, std::to_string(i));
}

TEST_F(ResumeTest, HeaderAndQuerySayWhereAndTheHeaderWins) {
  Start();
  const std::vector<std::string> ids = PublishNumbers("demo", 6);
  Stream by_header = Follow("/events/demo", ids[3]);
  Stream by_query = Follow("/events/demo?lastEventId=" + ids[2]);
  Stream by_other_query = Follow("/events?channel=demo&last_event_id=" + ids[1]);
  Stream by_both = Follow("/events/demo?lastEventId=" + ids[0], ids[4]);
  ExpectNumbers(by_header, 4, 6);
  ExpectNumbers(by_query, 3, 6);
  ExpectNumbers(by_other_query, 2, 6);
  ExpectNumbers(by_both, 5, 6);
  const std::string id = Publish("demo", "live");
  for (Stream* stream : {&by_header, &by_query, &by_other_query, &by_both}) {
    EXPECT_EQ(stream->start(), "resumed");
    EXPECT_EQ(stream->Next().id, id);
  }
  // An empty id, as some clients send before the first event, is none.
  Stream fresh = Follow("/events/demo?lastEventId=");
  EXPECT_EQ(fresh.start(), "live");
  EXPECT_EQ(Stats()["gaps"].Number(), 0u);
}

TEST_F(ResumeTest, NothingWasMissed) {
  Start();
  const std::vector<std::string> ids = PublishNumbers("demo", 3);
  Stream stream = Follow("/events/demo", ids.back());
  EXPECT_EQ(stream.start(), "resumed");
  ExpectQuiet(stream, 50ms);
  Publish("demo", "next");
  EXPECT_EQ(stream.Next().data, "next");
}

TEST_F(ResumeTest, ClientThatHasOnlySeenConnectedResumesExactly) {
  Start({"--shards", "3"});
  PublishNumbers("demo", 3);
  for (int round = 0; round < 20; ++round) {
    const std::string elsewhere = "other" + std::to_string(round);
    Publish(elsewhere, "moves the newest id of the server");
    Stream keeps_it_open = Follow("/events/demo");
    std::string id;
    {
      Stream first = Follow("/events/demo");
      id = first.connected.id;
    }
    Publish("demo", "missed " + std::to_string(round));
    Stream again = Follow("/events/demo", id);
    EXPECT_EQ(again.start(), "resumed");
    EXPECT_EQ(again.Next().data, "missed " + std::to_string(round));
    ExpectQuiet(again, 5ms);
  }
}

TEST_F(ResumeTest, OneIdResumesAllChannelsOfAStream) {
  Start({"--shards", "2"});
  std::vector<std::string> ids;
  const std::vector<std::string> channels = {"a", "b", "c"};
  for (int i = 0; i < 60; ++i) {
    ids.push_back(Publish(channels[static_cast<std::size_t>(i * i % 3)], std::to_string(i)));
  }
  for (const int after : {0, 1, 17, 40, 58, 59}) {
    for (const int minor_version : {1, 0}) {
      SseRequest request;
      request.target = "/events?channel=c&channel=a&channel=b";
      request.last_event_id = ids[static_cast<std::size_t>(after)];
      request.minor_version = minor_version;
      Stream stream = Follow(request);
      EXPECT_EQ(stream.start(), "resumed");
      ExpectNumbers(stream, after + 1, 60);
    }
  }
  // An id of one channel is as good for another.
  Stream other = Follow("/events/b", ids[0]);
  for (int i = 1; i < 60; ++i) {
    if (i * i % 3 != 1) continue;
    EXPECT_EQ(other.Next().data, std::to_string(i));
  }
}

TEST_F(ResumeTest, LongReplayArrivesWhole) {
  Start({"--history-events", "100000", "--history-bytes", "64MiB"});
  constexpr std::uint64_t kEvents = 20000;
  NumberFlood flood({.publish_socket = server().publish_socket(),
                     .channels = {"demo"},
                     .data_bytes = 500,
                     .count = kEvents});
  EXPECT_TRUE(Eventually([&] { return flood.published() == kEvents; }, 60s));
  ASSERT_TRUE(flood.Stop().ok());
  Stream replay = Follow("/events/demo", flood.ids().front());
  for (std::uint64_t n = 1; n < kEvents; ++n) {
    const SseEvent event = replay.Next();
    ASSERT_EQ(NumberOf(event.data), n);
    ASSERT_EQ(event.id, flood.ids()[n]);
  }
}

// A client that is cut again and again at random places while events flow all the time.
struct Churn {
  const char* name;
  std::vector<std::string> channels;
  int minor_version;
};
std::ostream& operator<<(std::ostream& out, const Churn& churn) { return out << churn.name; }

class ResumeUnderChurn : public DaemonTest, public ::testing::WithParamInterface<Churn> {};

TEST_P(ResumeUnderChurn, NoHoleAndNoDuplicate) {
  const Churn& churn = GetParam();
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&random](unsigned limit) { return random() % limit; };
  Start({"--shards", "3", "--history-events", "100000", "--history-bytes", "64MiB"});

  std::string target = "/events?x=1";
  for (const std::string& channel : churn.channels) target += "&channel=" + channel;
  SequenceCheck check(churn.channels);
  check.Take(Follow(target).connected);  // from before the first event on
  NumberFlood flood({.publish_socket = server().publish_socket(),
                     .channels = churn.channels,
                     .data_bytes = 150,
                     .batch = 4,
                     .pause_per_batch = std::chrono::microseconds(700)});
  constexpr int kCuts = 250;
  for (int cut = 0; cut < kCuts && check.fault().empty(); ++cut) {
    SseRequest request;
    request.target = target;
    request.last_event_id = check.last_id();
    request.minor_version = churn.minor_version;
    SseClient client = Must(SseClient::Open(server().port(), request, kPatience));
    // Sometimes before the first event, mostly after some, always with more on its way.
    for (unsigned events = below(4) == 0 ? 0 : 1 + below(40); events > 0; --events) {
      check.Take(Must(client.NextEvent(kPatience)));
    }
    if (below(2) == 0) client.connection().CloseWithReset();
  }
  ASSERT_TRUE(flood.Stop().ok());
  SseRequest request;
  request.target = target;
  request.last_event_id = check.last_id();
  Stream rest = Follow(request);
  while (check.fault().empty() && check.next() < flood.ids().size()) check.Take(rest.Next());
  EXPECT_EQ(check.Verify(flood.ids()), "");
  EXPECT_EQ(check.received(), flood.ids().size());
  EXPECT_EQ(check.gaps(), 0u);
  RecordProperty("events", static_cast<int>(flood.ids().size()));
}

INSTANTIATE_TEST_SUITE_P(Streams, ResumeUnderChurn,
                         ::testing::Values(Churn{"OneChannel", {"a"}, 1},
                                           Churn{"ThreeChannels", {"a", "b", "c/d"}, 1},
                                           Churn{"Http10", {"a"}, 0},
                                           Churn{"ThreeChannelsHttp10", {"a", "b", "c"}, 0}),
                         [](const auto& churn) { return std::string(churn.param.name); });

// Row 104: the stream starts while events are being published to its channel.
TEST_F(ResumeTest, SubscribingWhilePublishingIsContiguousFromTheFirstEvent) {
  Start({"--shards", "3", "--history-events", "100000", "--history-bytes", "64MiB"});
  NumberFlood flood({.publish_socket = server().publish_socket(),
                     .channels = {"demo"},
                     .batch = 2,
                     .pause_per_batch = std::chrono::microseconds(300)});
  struct Seen {
    std::string start;
    std::vector<SseEvent> events;
  };
  std::vector<Seen> all;
  for (int round = 0; round < 150; ++round) {
    Stream stream = Follow("/events/demo");
    Seen seen{stream.connected.id, {}};
    for (int i = 0; i < 3; ++i) seen.events.push_back(stream.Next());
    all.push_back(std::move(seen));
  }
  ASSERT_TRUE(flood.Stop().ok());
  for (const Seen& seen : all) {
    const std::uint64_t first = NumberOf(seen.events[0].data);
    EXPECT_LT(IdNumbers(seen.start), IdNumbers(seen.events[0].id));
    if (first > 0) {
      EXPECT_LE(IdNumbers(flood.ids()[first - 1]), IdNumbers(seen.start));
    }
    for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(NumberOf(seen.events[i].data), first + i);
  }
}

}  // namespace
}  // namespace ringcast::test
