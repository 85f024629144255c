#include "load/event_feed.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "load/scout.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

struct Published {
  std::vector<std::string> channels;
  std::vector<std::uint64_t> numbers;
  bool finished = false;
};

// Keeps what it is given; fails after `most` events.
class Recorder final : public EventSink {
 public:
  Recorder(Published& published, std::size_t most) : published_(published), most_(most) {}
  Status PublishTo(std::string_view channel, std::string_view data) override {
    if (published_.numbers.size() >= most_) return Error{"enough"};
    published_.channels.emplace_back(channel);
    published_.numbers.push_back(BenchEventNumber(data));
    return Done{};
  }
  Status Push() override { return Done{}; }
  Status Finish() override {
    published_.finished = true;
    return Done{};
  }

 private:
  Published& published_;
  const std::size_t most_;
};

std::uint64_t NowNs() {
  return static_cast<std::uint64_t>(MonotonicNow().time_since_epoch().count());
}

class EventFeedTest : public testing::Test {
 protected:
  std::unique_ptr<EventFeed> Feed(EventFeedOptions options, std::size_t most = SIZE_MAX) {
    options.payload_bytes = 100;
    return std::make_unique<EventFeed>(options, std::make_unique<Recorder>(published_, most));
  }
  Published published_;
};

TEST_F(EventFeedTest, PublishesSoManyAsFastAsItGoes) {
  const auto feed = Feed({.count = 5, .first = 11, .subscribers = 3});
  EXPECT_EQ(feed->last().Get(), 15u) << "known before it starts";
  feed->Start(NowNs());
  EXPECT_TRUE(feed->Join());
  EXPECT_EQ(published_.numbers, (std::vector<std::uint64_t>{11, 12, 13, 14, 15}));
  EXPECT_TRUE(published_.finished);
  EXPECT_TRUE(feed->finished());
  EXPECT_EQ(feed->published(), 5u);
  EXPECT_EQ(feed->due(), 15u);
}

TEST_F(EventFeedTest, KeepsItsTimes) {
  const std::uint64_t start_ns = NowNs();
  const auto feed = Feed({.rate = 100, .seconds = 0.2});
  feed->Start(start_ns);
  EXPECT_TRUE(feed->Join());
  EXPECT_EQ(published_.numbers.size(), 20u);
  EXPECT_GE(NowNs() - start_ns, 190'000'000u);
}

TEST_F(EventFeedTest, StopsWithTheSecondEventFromThen) {
  const auto feed = Feed({.rate = 200});
  EXPECT_EQ(feed->last().Get(), 0u);
  feed->Start(NowNs());
  while (feed->published() < 5) SleepUntil(MonotonicNow() + Nanos(1'000'000));
  feed->Stop();
  EXPECT_TRUE(feed->Join());
  EXPECT_EQ(feed->last().Get(), published_.numbers.back());
  EXPECT_GE(published_.numbers.size(), 6u);
}

TEST_F(EventFeedTest, AnErrorEndsIt) {
  const auto feed = Feed({.count = 5}, 2);
  feed->Start(NowNs());
  const Status outcome = feed->Join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "enough");
  EXPECT_TRUE(feed->finished());
  EXPECT_EQ(feed->published(), 2u);
}

TEST_F(EventFeedTest, NamesTheChannelOfEach) {
  ChannelTraffic traffic(3, 0, 30);
  const auto feed = Feed({.count = 100, .traffic = &traffic, .channel_base = "b"});
  feed->Start(NowNs());
  EXPECT_TRUE(feed->Join());
  EXPECT_EQ(feed->due(), 1000u);
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < published_.channels.size(); ++i) {
    if (published_.channels[i] != "b.0") continue;
    EXPECT_EQ(published_.numbers[i], ++first);
  }
  EXPECT_EQ(first, traffic.last(0));
}

}  // namespace
}  // namespace ringcast
