#include "hub/forgotten.h"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.h"

namespace ringcast {
namespace {

TEST(Forgotten, KnowsNothingAtFirst) {
  const Forgotten forgotten;
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(forgotten.Newest(rng.Next()), 0u);
}

TEST(Forgotten, KeepsTheNewestOfAName) {
  Forgotten forgotten;
  const std::uint64_t hash = 0x1234'5678'9abc'def0;
  forgotten.Note(hash, 10);
  EXPECT_EQ(forgotten.Newest(hash), 10u);
  forgotten.Note(hash, 7);
  EXPECT_EQ(forgotten.Newest(hash), 10u) << "what was forgotten stays so";
  forgotten.Note(hash, 11);
  EXPECT_EQ(forgotten.Newest(hash), 11u);
}

TEST(Forgotten, NamesThatDifferInTheLowHalfOnlyShareABucket) {
  Forgotten forgotten;
  forgotten.Note(0x0000'0001'0000'0000, 5);
  EXPECT_EQ(forgotten.Newest(0x0000'0001'ffff'ffff), 5u);
  EXPECT_EQ(forgotten.Newest(0x0000'0002'0000'0000), 0u);
}

// Never less than what a name has forgotten, and nothing at all where no name of the bucket has.
TEST(Forgotten, MayTellTooMuchButNeverTooLittle) {
  Rng rng(20240607);
  Forgotten forgotten;
  std::map<std::uint64_t, Sequence> by_name;
  Sequence newest = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t hash = rng.Next();
    forgotten.Note(hash, ++newest);
    by_name[hash] = newest;
  }
  std::size_t exact = 0;
  for (const auto& [hash, sequence] : by_name) {
    ASSERT_GE(forgotten.Newest(hash), sequence);
    ASSERT_LE(forgotten.Newest(hash), newest);
    exact += forgotten.Newest(hash) == sequence ? 1 : 0;
  }
  // One of each bucket that was hit is exact: nearly all buckets were.
  EXPECT_GT(exact, budget::kForgottenBuckets * 9 / 10);
  EXPECT_LE(exact, budget::kForgottenBuckets);
}

}  // namespace
}  // namespace ringcast
