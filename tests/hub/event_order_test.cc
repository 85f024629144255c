#include "hub/event_order.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/rng.h"

namespace ringcast {
namespace {

using Origin = IdScheme::Origin;

constexpr UnixMillis kStart = 1'700'000'000'000;
constexpr std::uint64_t kTag = 0xabcde;
constexpr std::uint64_t kCounters = std::uint64_t{1} << IdScheme::kCounterBits;

TEST(EventOrder, TheFirstEventComesAfterThePositionBeforeAll) {
  EventOrder order(IdScheme(kStart, kTag));
  EXPECT_EQ(order.newest(), 0u);
  EXPECT_GT(order.Next(kStart), 0u);
  EXPECT_LT(order.scheme().ToId(0), order.scheme().ToId(order.newest()));
}

TEST(EventOrder, FollowsTheClock) {
  EventOrder order(IdScheme(kStart, kTag));
  order.Next(kStart);
  order.Next(kStart + 5000);
  EXPECT_EQ(order.scheme().ToId(order.newest()).ms, kStart + 5000);
}

TEST(EventOrder, AClockThatStandsStillMakesTheCounterGrow) {
  EventOrder order(IdScheme(kStart, kTag));
  const EventId first = order.scheme().ToId(order.Next(kStart + 7));
  const EventId second = order.scheme().ToId(order.Next(kStart + 7));
  EXPECT_EQ(first.ms, kStart + 7);
  EXPECT_EQ(second.ms, kStart + 7);
  EXPECT_EQ(second.number, first.number + 1);
}

TEST(EventOrder, AClockThatStepsBackIsNotFollowed) {
  EventOrder order(IdScheme(kStart, kTag));
  order.Next(kStart + 1000);
  for (UnixMillis now : {kStart + 999, kStart, kStart - 1, UnixMillis{0}}) {
    const Sequence before = order.newest();
    EXPECT_EQ(order.Next(now), before + 1) << "at " << now;
  }
  EXPECT_EQ(order.scheme().ToId(order.newest()).ms, kStart + 1000);
}

TEST(EventOrder, ACounterThatOverflowsBorrowsFromTheNextMillisecond) {
  EventOrder order(IdScheme(kStart, kTag));
  Sequence before = order.Next(kStart + 1);
  for (std::uint64_t i = 0; i < kCounters + 10; ++i) {
    const Sequence next = order.Next(kStart + 1);
    ASSERT_EQ(next, before + 1);
    before = next;
  }
  EXPECT_EQ(order.scheme().ToId(before).ms, kStart + 2);
  // The clock comes to that millisecond as well: the order has been there already.
  EXPECT_GT(order.Next(kStart + 2), before);
  EXPECT_EQ(order.scheme().ToId(order.Next(kStart + 3)).ms, kStart + 3);
}

TEST(EventOrder, GrowsWhateverTheClockDoesAndEveryIdIsFoundAgain) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    EventOrder order(IdScheme(kStart, rng.Next()));
    UnixMillis now = kStart;
    Sequence before = 0;
    EventId id_before = order.scheme().ToId(0);
    for (int i = 0; i < 5000; ++i) {
      switch (rng.Below(5)) {
        case 0:
          now += rng.Below(3);
          break;
        case 1:
          now += rng.Below(1000);
          break;
        case 2:
          now -= rng.Below(2000);
          break;
        case 3:
          now = kStart + rng.Below(1'000'000) - 1000;
          break;
        default:
          break;
      }
      const Sequence next = order.Next(now);
      const EventId id = order.scheme().ToId(next);
      ASSERT_GT(next, before);
      ASSERT_GT(id, id_before);
      ASSERT_EQ(order.newest(), next);
      const IdScheme::Place place = order.scheme().Find(id, next);
      ASSERT_EQ(place.origin, Origin::kThisRun);
      ASSERT_EQ(place.sequence, next);
      before = next;
      id_before = id;
    }
  }
}

class IdSchemeTest : public testing::Test {
 protected:
  Origin OriginOf(EventId id) const { return scheme_.Find(id, kNewest).origin; }

  const IdScheme scheme_{kStart, kTag};
  static constexpr Sequence kNewest = (std::uint64_t{5000} << IdScheme::kCounterBits) + 17;
};

TEST_F(IdSchemeTest, OnlyTheLowBitsOfTheRandomTagCount) {
  const IdScheme wide(kStart, kTag | 0xfffffffffff00000);
  EXPECT_EQ(wide.ToId(kNewest), scheme_.ToId(kNewest));
}

TEST_F(IdSchemeTest, APositionOfThisRunIsFoundExactly) {
  for (Sequence sequence : {Sequence{0}, Sequence{1}, kCounters - 1, kCounters, kNewest}) {
    const IdScheme::Place place = scheme_.Find(scheme_.ToId(sequence), kNewest);
    EXPECT_EQ(place.origin, Origin::kThisRun) << sequence;
    EXPECT_EQ(place.sequence, sequence);
  }
}

TEST_F(IdSchemeTest, WhatThisRunHasNotIssuedLiesInTheFuture) {
  EXPECT_EQ(OriginOf(scheme_.ToId(kNewest + 1)), Origin::kFuture);
  EXPECT_EQ(OriginOf(scheme_.ToId(kNewest + kCounters)), Origin::kFuture);
}

TEST_F(IdSchemeTest, TheTagOfThisRunBeforeItsStartCannotBePlaced) {
  const std::uint64_t number = scheme_.ToId(0).number;
  EXPECT_EQ(OriginOf({kStart - 1, number}), Origin::kFuture);
  EXPECT_EQ(OriginOf({0, number}), Origin::kFuture);
}

TEST_F(IdSchemeTest, AnotherTagIsOfAnEarlierRunUpToTheNewestMillisecond) {
  const EventId other = IdScheme(kStart, kTag + 1).ToId(0);
  EXPECT_EQ(OriginOf({kStart - 1, other.number}), Origin::kEarlierRun);
  EXPECT_EQ(OriginOf({0, other.number}), Origin::kEarlierRun);
  // The clock was set back before this run began: its times are those of the earlier run again.
  EXPECT_EQ(OriginOf({kStart + 3, other.number}), Origin::kEarlierRun);
  EXPECT_EQ(OriginOf({kStart + 5000, other.number}), Origin::kEarlierRun);
  EXPECT_EQ(OriginOf({kStart + 5001, other.number}), Origin::kFuture);
}

TEST_F(IdSchemeTest, NumbersOfAnySizeDoNotOverflow) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t number = scheme_.ToId(0).number;
  EXPECT_EQ(OriginOf({kMost, kMost}), Origin::kFuture);
  EXPECT_EQ(OriginOf({kMost, number}), Origin::kFuture);
  // The first millisecond that no sequence can hold, and one that would wrap round to the start.
  EXPECT_EQ(OriginOf({kStart + (std::uint64_t{1} << 44), number}), Origin::kFuture);
  EXPECT_EQ(OriginOf({kStart + (std::uint64_t{1} << 44) + 1, number}), Origin::kFuture);
  // Bits above tag and counter are no part of an id of ours.
  EXPECT_NE(OriginOf({kStart, number | std::uint64_t{1} << 40}), Origin::kThisRun);
  EXPECT_NE(OriginOf({kStart, kMost}), Origin::kThisRun);
}

}  // namespace
}  // namespace ringcast
