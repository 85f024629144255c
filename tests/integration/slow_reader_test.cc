// Subscribers that read slowly, or stop: the others do not notice, and they themselves get all or
// are told what they missed.
#include <random>

#include "integration/daemon_test.h"
#include "integration/follower.h"
#include "integration/number_flood.h"

namespace ringcast::test {
namespace {

class SlowReaderTest : public DaemonTest {
 protected:
  FollowerOptions Fast(const std::vector<std::string>& channels) {
    return {.port = server().port(), .channels = channels};
  }
  FollowerOptions Small(const std::vector<std::string>& channels, int minor_version = 1) {
    return {.port = server().port(),
            .channels = channels,
            .minor_version = minor_version,
            .receive_buffer_bytes = 4096};
  }
  FloodOptions Flood(const std::vector<std::string>& channels) {
    return {.publish_socket = server().publish_socket(), .channels = channels};
  }
  static void ExpectSound(Follower& follower, NumberFlood& flood) {
    const SequenceCheck& check = follower.FinishAt(flood.ids().size(), 30s);
    EXPECT_EQ(follower.trouble(), "");
    EXPECT_EQ(check.Verify(flood.ids()), "");
    EXPECT_EQ(check.next(), flood.ids().size());
  }
};

TEST_F(SlowReaderTest, OneThatStopsIsCutAndTheOthersGoOn) {
  Start({"--stall-timeout", "1s", "--heartbeat", "200ms"});
  std::vector<Stream> stopped;
  for (const int minor_version : {1, 0}) {
    for (const char* target : {"/events/a", "/events?channel=a&channel=b"}) {
      SseRequest request;
      request.target = target;
      request.minor_version = minor_version;
      request.connect.receive_buffer_bytes = 4096;
      stopped.push_back(Follow(request));
    }
  }
  Follower one(Fast({"a", "b"}));
  Follower two(Fast({"a", "b"}));
  FloodOptions options = Flood({"a", "b"});
  options.data_bytes = 1000;
  options.pause_per_batch = std::chrono::milliseconds(2);
  NumberFlood flood(options);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(Eventually([&] { return Closed("stalled") == 4; }, 10s));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 900ms);
  EXPECT_LE(took, 3s);
  ASSERT_TRUE(flood.Stop().ok());
  for (Stream& stream : stopped) {
    EXPECT_EQ(stream.client.WaitForEnd(kPatience), StreamEnd::kReset);
  }
  for (Follower* follower : {&one, &two}) {
    ExpectSound(*follower, flood);
    EXPECT_EQ(follower->FinishAt(0, 0s).gaps(), 0u);
    EXPECT_TRUE(follower->ends().empty());
  }
  EXPECT_EQ(Streams(), 2u);
}

TEST_F(SlowReaderTest, OneThatReadsOnSoonGetsEverything) {
  Start({"--history-events", "off"});
  std::vector<std::unique_ptr<Follower>> followers;
  for (const int minor_version : {1, 0}) {
    followers.push_back(std::make_unique<Follower>(Small({"a"}, minor_version)));
    followers.back()->Pause();
  }
  FloodOptions options = Flood({"a"});
  options.data_bytes = 700;
  options.count = 900;  // less than is kept for whoever falls behind
  NumberFlood flood(options);
  EXPECT_TRUE(Eventually([&] { return flood.published() == 900; }));
  ASSERT_TRUE(flood.Stop().ok());
  EXPECT_TRUE(Eventually([&] {
    const Json shards = Stats()["shards"];
    std::uint64_t stalls = 0;
    for (std::size_t i = 0; i < shards.size(); ++i) stalls += shards[i]["stalls"].Number();
    return stalls >= 2;
  })) << "they were not behind at all";
  for (const auto& follower : followers) {
    follower->Resume();
    ExpectSound(*follower, flood);
    EXPECT_EQ(follower->FinishAt(0, 0s).received(), 900u);
  }
}

TEST_F(SlowReaderTest, OneThatReadsOnLaterIsToldWhatItMissed) {
  Start({"--history-events", "10", "--shards", "2"});
  for (const std::vector<std::string>& channels :
       {std::vector<std::string>{"a"}, std::vector<std::string>{"x", "y", "z"}}) {
    std::vector<std::unique_ptr<Follower>> followers;
    for (const int minor_version : {1, 0, 1, 0}) {
      followers.push_back(std::make_unique<Follower>(Small(channels, minor_version)));
      followers.back()->Pause();
    }
    FloodOptions options = Flood(channels);
    options.data_bytes = 900;
    options.count = 12000;
    NumberFlood flood(options);
    EXPECT_TRUE(Eventually([&] { return flood.published() == options.count; }, 30s));
    ASSERT_TRUE(flood.Stop().ok());
    for (const auto& follower : followers) {
      follower->Resume();
      ExpectSound(*follower, flood);
      const SequenceCheck& check = follower->FinishAt(0, 0s);
      EXPECT_GT(check.missing(), 0u);
      EXPECT_GE(check.gaps(), channels.size());
      for (const std::string& reason : check.gap_reasons()) EXPECT_EQ(reason, "slow");
      EXPECT_TRUE(follower->ends().empty()) << "it stayed on its connection";
    }
  }
}

// An event that is too long to be copied aside when it is cut in half: the stream ends, and the
// client finds out on its next one.
TEST_F(SlowReaderTest, LongEventsToOneThatStops) {
  Start({"--history-events", "4", "--shards", "2"});
  std::vector<std::unique_ptr<Follower>> followers;
  for (const int minor_version : {1, 0}) {
    for (const std::vector<std::string>& channels : {std::vector<std::string>{"a"}}) {
      followers.push_back(std::make_unique<Follower>(Small(channels, minor_version)));
      followers.back()->Pause();
    }
  }
  FloodOptions options = Flood({"a"});
  options.data_bytes = 100'000;
  options.count = 200;
  options.batch = 1;
  options.window = 16;
  NumberFlood flood(options);
  EXPECT_TRUE(Eventually([&] { return flood.published() == options.count; }, 30s));
  ASSERT_TRUE(flood.Stop().ok());
  for (const auto& follower : followers) {
    follower->Resume();
    ExpectSound(*follower, flood);
    EXPECT_GT(follower->FinishAt(0, 0s).missing(), 0u);
  }
}

TEST_F(SlowReaderTest, PublisherThatFloodsLosesNothingForTheFast) {
  Start({"--shards", "2"});
  Follower fast(Fast({"a"}));
  FollowerOptions slow_options = Small({"a"});
  slow_options.pause_per_event = std::chrono::microseconds(300);
  Follower slow(slow_options);
  NumberFlood flood(Flood({"a"}));
  std::this_thread::sleep_for(3s);
  ASSERT_TRUE(flood.Stop().ok());
  ExpectSound(fast, flood);
  const SequenceCheck& check = slow.FinishAt(flood.ids().size(), 30s);
  EXPECT_EQ(slow.trouble(), "");
  EXPECT_EQ(check.Verify(flood.ids()), "");
  RecordProperty("published", static_cast<int>(flood.ids().size()));
  RecordProperty("slow_missed", static_cast<int>(check.missing()));
}

// Row 65: whoever reads steadily but slowly must not bring a channel down to his own pace.
TEST_F(SlowReaderTest, SteadySlowReaderDoesNotHoldUpThePublisher) {
  Start({"--shards", "2"});
  const auto published_in_two_seconds = [&](const std::string& channel) {
    FloodOptions options = Flood({channel});
    options.data_bytes = 1000;
    NumberFlood flood(options);
    std::this_thread::sleep_for(2s);
    EXPECT_TRUE(flood.Stop().ok());
    return flood.ids().size();
  };
  Follower alone(Fast({"alone"}));
  const std::size_t undisturbed = published_in_two_seconds("alone");
  Follower fast(Fast({"together"}));
  FollowerOptions trickle = Small({"together"});
  trickle.pause_per_event = std::chrono::milliseconds(6);  // some 170 KB/s, without a pause
  Follower slow(trickle);
  const std::size_t disturbed = published_in_two_seconds("together");
  EXPECT_GE(disturbed, undisturbed / 10);
}

// Readers that stop and go at random while a publisher floods two channels.
TEST_F(SlowReaderTest, StopAndGo) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Start({"--shards", "2", "--stall-timeout", "300ms", "--heartbeat", "100ms", "--history-bytes",
         "256KiB"});
  const std::vector<std::string> channels = {"a", "b"};
  std::vector<std::unique_ptr<Follower>> followers;
  for (int i = 0; i < 6; ++i) {
    followers.push_back(std::make_unique<Follower>(Small(channels, i % 3 == 0 ? 0 : 1)));
  }
  FloodOptions options = Flood(channels);
  options.data_bytes = 2000;
  options.pause_per_batch = std::chrono::microseconds(500);
  NumberFlood flood(options);
  for (int step = 0; step < 150; ++step) {
    Follower& follower = *followers[random() % followers.size()];
    if (random() % 2 == 0) {
      follower.Pause();
    } else {
      follower.Resume();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));
  }
  for (const auto& follower : followers) follower->Resume();
  ASSERT_TRUE(flood.Stop().ok());
  for (const auto& follower : followers) ExpectSound(*follower, flood);
}

}  // namespace
}  // namespace ringcast::test
