#include "protocol/sse_decoder.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/rng.h"
#include "protocol/naive_sse.h"

namespace ringcast {
namespace {

using namespace std::string_view_literals;

using test::NaiveDecode;
using test::NaiveEvent;

void Feed(SseDecoder& decoder, std::string_view bytes, std::vector<NaiveEvent>& events) {
  EXPECT_TRUE(decoder.Feed(bytes, [&](const DecodedEvent& event) {
    events.push_back(
        {std::string(event.type), std::string(event.data), std::string(event.last_event_id)});
  }));
}

std::vector<NaiveEvent> Decode(std::string_view stream) {
  SseDecoder decoder;
  std::vector<NaiveEvent> events;
  Feed(decoder, stream, events);
  return events;
}

using Events = std::vector<NaiveEvent>;

// The examples of HTML 9.2.6, with what the standard says they give.
TEST(SseDecoder, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(Decode("data: YHOO\ndata: +2\ndata: 10\n\n"),
            (Events{{"message", "YHOO\n+2\n10", ""}}));
  EXPECT_EQ(Decode(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
                   "data:  third event\n"),
            (Events{{"message", "first event", "1"}, {"message", "second event", ""}}));
  EXPECT_EQ(Decode("data\n\ndata\ndata\n\ndata:"),
            (Events{{"message", "", ""}, {"message", "\n", ""}}));
  EXPECT_EQ(Decode("data:test\n\ndata: test\n\n"),
            (Events{{"message", "test", ""}, {"message", "test", ""}}));
}

TEST(SseDecoder, TakesEveryLineEnd) {
  const Events expected{{"t", "a\nb", "1"}};
  EXPECT_EQ(Decode("id:1\nevent:t\ndata:a\ndata:b\n\n"), expected);
  EXPECT_EQ(Decode("id:1\revent:t\rdata:a\rdata:b\r\r"), expected);
  EXPECT_EQ(Decode("id:1\r\nevent:t\r\ndata:a\r\ndata:b\r\n\r\n"), expected);
  EXPECT_EQ(Decode("id:1\nevent:t\rdata:a\r\ndata:b\n\r"), expected);
}

TEST(SseDecoder, FiresAtTheCrOfABlankLine) {
  SseDecoder decoder;
  Events events;
  Feed(decoder, "data: a\r\n\r", events);
  EXPECT_EQ(events.size(), 1u);
  Feed(decoder, "\ndata: b\r\n\r\n", events);
  EXPECT_EQ(events, (Events{{"message", "a", ""}, {"message", "b", ""}}));
}

// Hostile input 86: only the first bytes of a stream are a byte order mark.
TEST(SseDecoder, DropsOneLeadingBom) {
  EXPECT_EQ(Decode("\xEF\xBB\xBF"
                   "data: a\n\n"),
            (Events{{"message", "a", ""}}));
  EXPECT_EQ(Decode("\xEF\xBB\xBF\xEF\xBB\xBF"
                   "data: a\n\ndata: b\n\n"),
            (Events{{"message", "b", ""}}));
  EXPECT_EQ(Decode(":\n\xEF\xBB\xBF"
                   "data: a\n\ndata: \xEF\xBB\xBF"
                   "b\n\n"),
            (Events{{"message",
                     "\xEF\xBB\xBF"
                     "b",
                     ""}}));
}

// Hostile input 83.
TEST(SseDecoder, IgnoresAnIdWithNul) {
  EXPECT_EQ(Decode("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n"sv),
            (Events{{"message", "a", "1"}, {"message", "b", "1"}}));
}

TEST(SseDecoder, MovesTheIdAtBlankLinesOnly) {
  SseDecoder decoder;
  Events events;
  Feed(decoder, "id: 5\n", events);
  EXPECT_EQ(decoder.last_event_id(), "");
  Feed(decoder, "\n", events);
  EXPECT_EQ(decoder.last_event_id(), "5");
  EXPECT_TRUE(events.empty());
  Feed(decoder, "id: 6\ndata: cut off", events);
  decoder.StartStream();
  Feed(decoder, "data: next\n\n", events);
  EXPECT_EQ(events, (Events{{"message", "next", "5"}}));
}

// Hostile input 84.
TEST(SseDecoder, TakesARetryOfDigitsOnly) {
  SseDecoder decoder;
  Events events;
  for (const char* const line : {"retry: 1s\n", "retry: -1\n", "retry:\n", "retry\n",
                                 "retry: 1.5\n", "retry:  1\n", "retry: +1\n"}) {
    Feed(decoder, line, events);
    EXPECT_FALSE(decoder.retry_ms().has_value()) << line;
  }
  Feed(decoder, "retry: 1500\n", events);
  EXPECT_EQ(decoder.retry_ms(), 1500u);
  Feed(decoder, "retry: 99999999999999999999999\n", events);
  EXPECT_EQ(decoder.retry_ms(), std::numeric_limits<std::uint64_t>::max());
  Feed(decoder, "retry: 007\n", events);
  EXPECT_EQ(decoder.retry_ms(), 7u);
}

TEST(SseDecoder, CountsComments) {
  SseDecoder decoder;
  Events events;
  Feed(decoder, ":\n: text\n:\ndata: a\n\n", events);
  EXPECT_EQ(decoder.comments(), 3u);
  EXPECT_EQ(events.size(), 1u);
}

TEST(SseDecoder, GivesUpAStreamThatNeverEndsALine) {
  SseDecoder decoder;
  const std::string piece(SseDecoder::kMaxHeld / 4, 'x');
  bool held = true;
  for (int i = 0; i < 5 && held; ++i) held = decoder.Feed(piece, [](const DecodedEvent&) {});
  EXPECT_FALSE(held);
  int fired = 0;
  EXPECT_FALSE(decoder.Feed("\ndata: a\n\n", [&](const DecodedEvent&) { ++fired; }));
  EXPECT_EQ(fired, 0);
}

std::string RandomStream(Rng& rng) {
  static const std::string kParts[] = {
      "\n",           "\r",      "\r\n",    "\n\n", "data", "data:", "data: ", "id: ",
      "id",           "event: ", "retry: ", "x",    ":",    " ",     "12",     std::string("\0", 1),
      "\xEF\xBB\xBF", "foo: bar"};
  std::string stream;
  const std::size_t parts = rng.Below(60);
  for (std::size_t i = 0; i < parts; ++i) stream += kParts[rng.Below(std::size(kParts))];
  return stream;
}

TEST(SseDecoder, AgreesWithANaiveDecoderHoweverTheStreamIsCut) {
  constexpr std::uint64_t kSeed = 90210;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  std::size_t fired = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string stream = RandomStream(rng);
    const Events expected = NaiveDecode(stream);
    fired += expected.size();
    SseDecoder decoder;
    Events events;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = 1 + rng.Below(rng.Below(2) == 0 ? 3 : 100);
      Feed(decoder, std::string_view(stream).substr(at, size), events);
      at += size;
    }
    ASSERT_EQ(events, expected) << testing::PrintToString(stream);
  }
  EXPECT_GT(fired, 10'000u);
}

}  // namespace
}  // namespace ringcast
