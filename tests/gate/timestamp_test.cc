#include "gate/timestamp.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(Timestamp, ReadsWhatJsonWrites) {
  EXPECT_EQ(ParseTimestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseTimestamp("2026-11-21T20:52:00Z"), 1'795'294'320);
  EXPECT_EQ(ParseTimestamp("2026-11-21T20:52:00.999Z"), 1'795'294'320);
  EXPECT_EQ(ParseTimestamp("2026-11-21t20:52:00z"), 1'795'294'320);
  EXPECT_EQ(ParseTimestamp("2026-11-21T21:52:00+01:00"), 1'795'294'320);
  EXPECT_EQ(ParseTimestamp("2026-11-21T15:22:00-05:30"), 1'795'294'320);
  EXPECT_EQ(ParseTimestamp("2024-02-29T12:00:00Z"), 1'709'208'000);
  EXPECT_EQ(ParseTimestamp("1969-12-31T23:59:59Z"), -1);
}

TEST(Timestamp, RefusesWhatIsNoMoment) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-21",
                           "2026-11-21 20:52:00Z",
                           "2026-11-21T20:52:00",
                           "2026-11-21T20:52Z",
                           "2023-02-29T12:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-32T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:61Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00Z ",
                           "2026-01-01T00:00:00+1:00",
                           "2026-01-01T00:00:00+24:00",
                           "26-01-01T00:00:00Z",
                           "-026-01-01T00:00:00Z",
                           "tomorrow"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace ringcast
