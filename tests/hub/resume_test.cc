#include "hub/resume.h"

#include <gtest/gtest.h>

#include <string>

#include "hub/log_fixture.h"

namespace ringcast {
namespace {

using Kind = ResumePoint::Kind;

constexpr UnixMillis kStart = 1'700'000'000'000;

std::string Text(EventId id) {
  char text[kMaxEventIdSize];
  return {text, FormatEventId(id, text)};
}

class PlaceResumeTest : public testing::Test {
 protected:
  ResumePoint Place(std::optional<std::string_view> id, bool synced = false) const {
    return PlaceResume(scheme_, id, kNewest, synced);
  }

  static constexpr Sequence kNewest = 1000;
  const IdScheme scheme_{kStart, 0x12345};
};

TEST_F(PlaceResumeTest, NoIdIsAFreshStream) { EXPECT_EQ(Place(std::nullopt).kind, Kind::kNone); }

TEST_F(PlaceResumeTest, AnIdOfThisRunIsKnown) {
  for (Sequence sequence : {Sequence{0}, Sequence{1}, kNewest}) {
    const ResumePoint point = Place(Text(scheme_.ToId(sequence)));
    EXPECT_EQ(point.kind, Kind::kKnown);
    EXPECT_EQ(point.sequence, sequence);
    EXPECT_EQ(point.id, scheme_.ToId(sequence));
  }
}

TEST_F(PlaceResumeTest, AnIdThatWasNotToldYetIsAskedForAgain) {
  const std::string ahead = Text(scheme_.ToId(kNewest + 1));
  EXPECT_EQ(Place(ahead, /*synced=*/false).kind, Kind::kNotYet);
  EXPECT_EQ(Place(ahead, /*synced=*/true).kind, Kind::kUnknown) << "nobody has ever issued it";
}

TEST_F(PlaceResumeTest, AnIdOfAnEarlierRunTellsOfTheRestart) {
  const EventId earlier = IdScheme(kStart - 5000, 0x54321).ToId(77);
  const ResumePoint point = Place(Text(earlier));
  EXPECT_EQ(point.kind, Kind::kRestart);
  EXPECT_EQ(point.id, earlier);
}

TEST_F(PlaceResumeTest, GarbageIsUnknownAtOnce) {
  for (std::string_view id : {"", "abc", "1-", "-1", "1-2-3", " 1-2", "01-2", "1-2\n", "+1-2",
                              "99999999999999999999999-1"}) {
    EXPECT_EQ(Place(id, /*synced=*/false).kind, Kind::kUnknown) << id;
  }
}

// Events 10, 20, ..., 100 of 50 bytes each; 30 is the newest that was forgotten.
class PlaceStreamTest : public testing::Test {
 protected:
  PlaceStreamTest() : channel_(pool_) {
    for (Sequence s = 10; s <= 100; s += 10) channel_.Append(s, std::string(50, 'x'));
    channel_.Tell();
  }

  StreamPosition Place(Kind kind, Sequence sequence = 0) const {
    ResumePoint point;
    point.kind = kind;
    point.sequence = sequence;
    return PlaceStream(point, channel_.view(), kKeptFrom, kForgotten);
  }

  static constexpr std::uint64_t kKeptFrom = 150;
  static constexpr Sequence kForgotten = 30;
  SegmentPool pool_;
  test::LoggedChannel channel_;
};

TEST_F(PlaceStreamTest, AFreshStreamStartsAtTheHead) {
  EXPECT_EQ(Place(Kind::kNone).cursor, 500u);
  EXPECT_FALSE(Place(Kind::kNone).gap.has_value());
}

TEST_F(PlaceStreamTest, AnUnknownIdStartsAtTheHeadAndSaysSo) {
  EXPECT_EQ(Place(Kind::kUnknown).cursor, 500u);
  EXPECT_EQ(Place(Kind::kUnknown).gap, GapReason::kUnknownId);
}

TEST_F(PlaceStreamTest, ARestartGivesAllThatIsKeptAndSaysSo) {
  EXPECT_EQ(Place(Kind::kRestart).cursor, kKeptFrom);
  EXPECT_EQ(Place(Kind::kRestart).gap, GapReason::kRestart);
}

TEST_F(PlaceStreamTest, AKnownIdGoesOnBehindItsEvent) {
  for (Sequence s = 40; s <= 100; s += 10) {
    for (Sequence between : {Sequence{0}, Sequence{5}, Sequence{9}}) {
      const StreamPosition position = Place(Kind::kKnown, s + between);
      EXPECT_EQ(position.cursor, s / 10 * 50) << s + between;
      EXPECT_FALSE(position.gap.has_value());
    }
  }
}

TEST_F(PlaceStreamTest, ExactlyTheNewestForgottenOneHasMissedNothing) {
  const StreamPosition position = Place(Kind::kKnown, kForgotten);
  EXPECT_EQ(position.cursor, kKeptFrom);
  EXPECT_FALSE(position.gap.has_value());
}

TEST_F(PlaceStreamTest, OneBeforeItHasMissedSomething) {
  const StreamPosition position = Place(Kind::kKnown, kForgotten - 1);
  EXPECT_EQ(position.cursor, kKeptFrom);
  EXPECT_EQ(position.gap, GapReason::kExpired);
  EXPECT_EQ(position.gap_to, kForgotten);
  EXPECT_EQ(Place(Kind::kKnown, 0).gap, GapReason::kExpired);
}

TEST_F(PlaceStreamTest, WhatIsStillThereButNoLongerKeptIsNotSent) {
  // Positions 0 to 150 can still be read, but belong to events that the client has or that are told
  // as a gap.
  EXPECT_EQ(Place(Kind::kKnown, 35).cursor, kKeptFrom);
}

TEST(PlaceStream, AChannelThatKeepsNothingStartsAtItsHead) {
  const LogView view(900);
  ResumePoint point;
  point.kind = Kind::kKnown;
  point.sequence = 50;
  EXPECT_EQ(PlaceStream(point, view, 900, 50).cursor, 900u);
  EXPECT_FALSE(PlaceStream(point, view, 900, 50).gap.has_value());
  EXPECT_EQ(PlaceStream(point, view, 900, 51).gap, GapReason::kExpired);
}

TEST(DescribeStart, SaysHowTheStreamStarts) {
  ResumePoint point;
  EXPECT_EQ(DescribeStart(point, false), StreamStart::kLive);
  point.kind = Kind::kKnown;
  EXPECT_EQ(DescribeStart(point, false), StreamStart::kResumed);
  EXPECT_EQ(DescribeStart(point, true), StreamStart::kGap);
  point.kind = Kind::kUnknown;
  EXPECT_EQ(DescribeStart(point, true), StreamStart::kGap);
  point.kind = Kind::kRestart;
  EXPECT_EQ(DescribeStart(point, true), StreamStart::kGap);
}

}  // namespace
}  // namespace ringcast
