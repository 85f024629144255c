#include "load/subscriber.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>

#include "load/bench_event.h"

namespace ringcast {
namespace {

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

constexpr ExpectedEvents kExpected = {.payload_bytes = 100};

std::string Chunk(const std::string& data) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}
std::string EventChunk(std::uint64_t seq, std::size_t payload = 100,
                       std::uint32_t channel = kNoChannel) {
  std::string data;
  WriteBenchEvent(data, seq, 1'000'000, payload, channel);
  return Chunk("id: 1-" + std::to_string(seq) + "\ndata: " + data + "\n\n");
}

class SubscriberTest : public testing::Test {
 protected:
  bool Take(std::string_view bytes, std::uint64_t now_ns = 3'000'000) {
    return subscriber_.Take(bytes, now_ns, kExpected, tally_);
  }
  Subscriber subscriber_;
  const std::unique_ptr<Tally> owner_ = std::make_unique<Tally>();
  Tally& tally_ = *owner_;
};

TEST_F(SubscriberTest, CountsEventsOfAStreamCutAnywhere) {
  const std::string stream = std::string(kHead) + Chunk(":\n") + EventChunk(1) + EventChunk(2);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Subscriber subscriber;
    const auto tally = std::make_unique<Tally>();
    for (const std::string_view part :
         {std::string_view(stream).substr(0, cut), std::string_view(stream).substr(cut)}) {
      ASSERT_TRUE(subscriber.Take(part, 3'000'000, kExpected, *tally)) << "cut at " << cut;
    }
    ASSERT_EQ(tally->deliveries.Get(), 2u) << "cut at " << cut;
    ASSERT_EQ(tally->live.Get(), 1u);
    ASSERT_EQ(tally->bytes.Get(), stream.size());
    ASSERT_TRUE(tally->faults.None(false)) << "cut at " << cut;
    ASSERT_EQ(tally->latency().Count(), 2u);
    ASSERT_EQ(tally->latency().Max(), 2'000'000u);
    ASSERT_EQ(subscriber.sequence().due(), 3u);
  }
}

TEST_F(SubscriberTest, ADamagedOrDoubledEventIsNoDelivery) {
  Take(std::string(kHead) + EventChunk(1) + EventChunk(1) + EventChunk(2, 99));
  EXPECT_EQ(tally_.deliveries.Get(), 1u);
  EXPECT_EQ(tally_.faults.duplicated, 1u);
  EXPECT_EQ(tally_.faults.foreign, 1u);
}

TEST_F(SubscriberTest, AnEventOfAnotherChannelIsForeign) {
  const ExpectedEvents expected{.payload_bytes = 100, .channel = 7};
  subscriber_.Take(std::string(kHead) + EventChunk(1, 100, 7) + EventChunk(2, 100, 8) +
                       EventChunk(2, 100) + EventChunk(2, 100, 7),
                   3'000'000, expected, tally_);
  EXPECT_EQ(tally_.deliveries.Get(), 2u);
  EXPECT_EQ(tally_.faults.foreign, 2u);
  EXPECT_EQ(tally_.faults.lost, 0u);
}

TEST_F(SubscriberTest, AStreamThatResumesGoesOnAfterItsLastEvent) {
  Take(std::string(kHead) + EventChunk(1) + EventChunk(2) + EventChunk(3).substr(0, 30));
  subscriber_.Leave(tally_);
  EXPECT_EQ(subscriber_.phase(), Subscriber::Phase::kOver);
  subscriber_.End(ECONNRESET, tally_);
  EXPECT_EQ(tally_.ended.Get(), 0u) << "it was left";
  EXPECT_EQ(tally_.left.Get(), 1u);
  subscriber_.StartAgain(/*resumes=*/true);
  EXPECT_TRUE(subscriber_.silent());
  Take(std::string(kHead) + EventChunk(3) + EventChunk(4));
  EXPECT_TRUE(tally_.faults.None(false));
  EXPECT_EQ(tally_.deliveries.Get(), 4u);
  EXPECT_EQ(tally_.begun.Get(), 1u);

  subscriber_.Leave(tally_);
  subscriber_.StartAgain(true);
  Take(std::string(kHead) + EventChunk(4) + EventChunk(6));
  EXPECT_EQ(tally_.faults.duplicated, 1u);
  EXPECT_EQ(tally_.faults.lost, 1u);
}

TEST_F(SubscriberTest, AStreamMadeAnewStartsWhereItStarts) {
  Take(std::string(kHead) + EventChunk(1));
  subscriber_.Leave(tally_);
  subscriber_.StartAgain(/*resumes=*/false);
  Take(std::string(kHead) + EventChunk(5) + EventChunk(6));
  EXPECT_TRUE(tally_.faults.None(false));
  EXPECT_EQ(subscriber_.sequence().first(), 5u);
}

TEST_F(SubscriberTest, CountsCommentsStagesAndTheMark) {
  const ExpectedEvents expected{.payload_bytes = 100, .mark = 2};
  tally_.tracks_completion = true;
  subscriber_.Take(std::string(kHead) + Chunk(":\n") + EventChunk(1), 3'000'000, expected, tally_);
  EXPECT_EQ(tally_.marked.Get(), 0u);
  tally_.stage = Stage::kDuring;
  subscriber_.Take(EventChunk(2) + Chunk(": again\n"), 5'000'000, expected, tally_);
  EXPECT_EQ(tally_.comments.Get(), 2u);
  EXPECT_EQ(tally_.marked.Get(), 1u);
  EXPECT_EQ(tally_.last_marked_ns.Get(), 5'000'000u);
  EXPECT_EQ(tally_.latency_ns[0].Max(), 2'000'000u);
  EXPECT_EQ(tally_.latency_ns[1].Max(), 4'000'000u);
  Histogram<> completion_ns;
  tally_.completions.AddTo(completion_ns);
  EXPECT_EQ(completion_ns.Count(), 2u);
  EXPECT_EQ(completion_ns.Max(), 4'000'000u);
}

TEST_F(SubscriberTest, AnotherStatusIsNoStream) {
  EXPECT_FALSE(Take("HTTP/1.1 503 Busy\r\n\r\n"));
  EXPECT_EQ(tally_.first_status, 503u);
  EXPECT_EQ(tally_.failed.Get(), 1u);
  EXPECT_EQ(tally_.live.Get(), 0u);
}

TEST_F(SubscriberTest, AnotherTypeIsNoStream) {
  EXPECT_FALSE(Take("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"));
  EXPECT_TRUE(tally_.not_a_stream);
  EXPECT_EQ(tally_.failed.Get(), 1u);
}

TEST_F(SubscriberTest, AnEndBeforeTheHeadIsAFailure) {
  EXPECT_TRUE(Take("HTTP/1.1 2"));
  subscriber_.End(ECONNRESET, tally_);
  EXPECT_EQ(tally_.failed.Get(), 1u);
  EXPECT_EQ(tally_.first_errno, ECONNRESET);
  subscriber_.End(0, tally_);
  EXPECT_EQ(tally_.failed.Get(), 1u) << "counted once";
}

TEST_F(SubscriberTest, AnEndWithinAnEventIsTruncation) {
  const std::string event = EventChunk(1);
  Take(std::string(kHead) + event.substr(0, event.size() - 5));
  subscriber_.End(0, tally_);
  EXPECT_EQ(tally_.ended.Get(), 1u);
  EXPECT_EQ(tally_.truncated, 1u);
}

TEST_F(SubscriberTest, AnEndBetweenEventsIsNone) {
  Take(std::string(kHead) + EventChunk(1));
  subscriber_.End(0, tally_);
  EXPECT_EQ(tally_.ended.Get(), 1u);
  EXPECT_EQ(tally_.truncated, 0u);
}

TEST_F(SubscriberTest, BrokenFramingEndsTheStream) {
  EXPECT_FALSE(Take(std::string(kHead) + EventChunk(1) + "zz\r\n"));
  EXPECT_EQ(tally_.ended.Get(), 1u);
  EXPECT_EQ(tally_.truncated, 1u);
  EXPECT_EQ(tally_.deliveries.Get(), 1u);
}

TEST_F(SubscriberTest, TheLastChunkEndsTheStream) {
  EXPECT_FALSE(Take(std::string(kHead) + EventChunk(1) + "0\r\n\r\n"));
  EXPECT_EQ(tally_.ended.Get(), 1u);
  EXPECT_EQ(tally_.truncated, 0u);
}

}  // namespace
}  // namespace ringcast
