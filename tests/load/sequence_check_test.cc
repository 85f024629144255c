#include "load/sequence_check.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringcast {
namespace {

// 0 stands for a gap that is told.
SequenceFaults Check(const std::vector<std::uint64_t>& events, std::uint64_t start,
                     std::uint64_t end) {
  SequenceCheck check;
  SequenceFaults faults;
  for (const std::uint64_t seq : events) {
    if (seq == 0) {
      check.TakeGap(faults);
    } else {
      check.Take(seq, faults);
    }
  }
  check.Finish(start, end, faults);
  return faults;
}

void ExpectFaults(const SequenceFaults& found, const SequenceFaults& expected) {
  EXPECT_EQ(found.lost, expected.lost);
  EXPECT_EQ(found.duplicated, expected.duplicated);
  EXPECT_EQ(found.reordered, expected.reordered);
  EXPECT_EQ(found.gaps, expected.gaps);
  EXPECT_EQ(found.told, expected.told);
}

TEST(SequenceCheck, AllOnceAndInOrderIsWell) {
  const SequenceFaults faults = Check({1, 2, 3, 4}, 1, 5);
  ExpectFaults(faults, {});
  EXPECT_TRUE(faults.None(false));
}

TEST(SequenceCheck, CountsWhatIsLostInTheMiddleAndAtBothEnds) {
  ExpectFaults(Check({1, 2, 5}, 1, 6), {.lost = 2});
  ExpectFaults(Check({3, 4}, 1, 5), {.lost = 2});
  ExpectFaults(Check({1, 2}, 1, 6), {.lost = 3});
  ExpectFaults(Check({}, 1, 11), {.lost = 10});
  EXPECT_FALSE(Check({1, 3}, 1, 4).None(true));
}

TEST(SequenceCheck, TellsTwiceFromLate) {
  ExpectFaults(Check({1, 2, 2, 3}, 1, 4), {.duplicated = 1});
  ExpectFaults(Check({1, 2, 3, 1}, 1, 4), {.duplicated = 1});
  ExpectFaults(Check({1, 3, 2, 4}, 1, 5), {.reordered = 1});
  ExpectFaults(Check({1, 4, 2, 3, 5}, 1, 6), {.reordered = 2});
  ExpectFaults(Check({1, 3, 2, 2}, 1, 4), {.duplicated = 1, .reordered = 1});
  EXPECT_FALSE(Check({1, 2, 2}, 1, 3).None(true));
  EXPECT_FALSE(Check({2, 1}, 1, 3).None(true));
}

TEST(SequenceCheck, WhatIsToldIsNotLost) {
  const SequenceFaults faults = Check({1, 2, 0, 6, 7}, 1, 8);
  ExpectFaults(faults, {.gaps = 1, .told = 3});
  EXPECT_TRUE(faults.None(true));
  EXPECT_FALSE(faults.None(false));
  ExpectFaults(Check({0, 4, 5}, 1, 6), {.gaps = 1, .told = 3});     // before the first
  ExpectFaults(Check({1, 0}, 1, 4), {.gaps = 1, .told = 2});        // after the last
  ExpectFaults(Check({1, 0, 2, 4}, 1, 5), {.lost = 1, .gaps = 1});  // of the next event alone
}

TEST(SequenceCheck, AResumedStreamKnowsWhatIsDueFirst) {
  const auto check = [](const std::vector<std::uint64_t>& events) {
    SequenceCheck resumed;
    resumed.StartAt(2);
    SequenceFaults faults;
    for (const std::uint64_t seq : events) resumed.Take(seq, faults);
    resumed.Finish(2, 5, faults);
    return faults;
  };
  ExpectFaults(check({2, 3, 4}), {});
  ExpectFaults(check({1, 2, 3, 4}), {.duplicated = 1});
  ExpectFaults(check({3, 4}), {.lost = 1});
  ExpectFaults(check({}), {.lost = 3});
}

TEST(SequenceFaults, AddUp) {
  SequenceFaults sum{1, 2, 3, 4, 5, 6};
  sum.Add({10, 20, 30, 40, 50, 60});
  ExpectFaults(sum, {11, 22, 33, 44, 55, 66});
  EXPECT_EQ(sum.foreign, 44u);
  EXPECT_FALSE((SequenceFaults{.foreign = 1}).None(true));
}

}  // namespace
}  // namespace ringcast
