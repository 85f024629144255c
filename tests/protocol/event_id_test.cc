#include "protocol/event_id.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/rng.h"

namespace ringcast {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

std::string Format(EventId id) {
  char text[kMaxEventIdSize];
  return std::string(text, FormatEventId(id, text));
}

TEST(EventId, OrdersByMillisecondsThenNumber) {
  EXPECT_LT((EventId{1, 9}), (EventId{2, 0}));
  EXPECT_LT((EventId{2, 0}), (EventId{2, 1}));
  EXPECT_EQ((EventId{2, 1}), (EventId{2, 1}));
  EXPECT_LT(EventId{}, (EventId{0, 1}));
}

TEST(EventId, ReadsItsOwnText) {
  EXPECT_EQ(ParseEventId("1732000000000-42"), (EventId{1732000000000, 42}));
  EXPECT_EQ(ParseEventId("0-0"), EventId{});
  EXPECT_EQ(ParseEventId("18446744073709551615-18446744073709551615"), (EventId{kMax, kMax}));
  EXPECT_EQ(Format({kMax, kMax}).size(), kMaxEventIdSize);
}

// Hostile inputs 82, 83, 100 and 101: what is not one of our ids, byte for byte, is unknown.
TEST(EventId, RefusesEverythingElse) {
  const std::string refused[] = {
      "",
      "-",
      "1",
      "1-",
      "-1",
      "1-2-3",
      "1--2",
      "+1-2",
      "1-+2",
      "-1-2",
      " 1-2",
      "1-2 ",
      "1 -2",
      "1-2\n",
      "1-2\r",
      std::string("1-2\0", 4),
      std::string("1\0-2", 4),
      "01-2",
      "1-02",
      "00-0",
      "1-00",
      "a-b",
      "0x1-2",
      "1e3-2",
      "1_2",
      "18446744073709551616-0",
      "0-18446744073709551616",
      "99999999999999999999-0",
      "9223372036854775808-99999999999999999999",
      "184467440737095516150-1",
      "1-2" + std::string(100, '0') + "1" + std::string(100, '3'),
      std::string(41, '1'),
      std::string(1 << 20, '1'),
      "\xEF\xBB\xBF"
      "1-2",
      "\xC2\xB2-1",
  };
  for (const std::string& text : refused) {
    EXPECT_FALSE(ParseEventId(text).has_value()) << text.substr(0, 60);
  }
}

TEST(EventId, RoundTrips) {
  constexpr std::uint64_t kSeed = 20240611;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const EventId id{rng.Next() >> rng.Below(64), rng.Next() >> rng.Below(64)};
    const std::string text = Format(id);
    EXPECT_EQ(text, std::to_string(id.ms) + "-" + std::to_string(id.number));
    EXPECT_EQ(ParseEventId(text), id);
  }
}

// Whatever is read must be written as it was: there is one text for each id.
TEST(EventId, AcceptsOneTextForEachId) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text;
    const std::size_t size = rng.Below(8);
    for (std::size_t j = 0; j < size; ++j) text += "0123--+ "[rng.Below(8)];
    const std::optional<EventId> id = ParseEventId(text);
    if (!id) continue;
    ++accepted;
    EXPECT_EQ(Format(*id), text);
  }
  EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace ringcast
