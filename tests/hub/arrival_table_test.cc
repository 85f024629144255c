#include "hub/arrival_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/rng.h"

namespace ringcast {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr MonoTime kStart{1s};

int Admitted(ArrivalTable& table, std::uint64_t key, MonoTime now, int asked) {
  int admitted = 0;
  for (int i = 0; i < asked; ++i) admitted += table.Admit(key, now) ? 1 : 0;
  return admitted;
}

TEST(ArrivalTable, ABurstAtOnceThenTheRate) {
  ArrivalTable table(10, 5, 1);
  EXPECT_EQ(Admitted(table, 7, kStart, 100), 5);
  EXPECT_EQ(Admitted(table, 7, kStart + 99ms, 100), 0);
  EXPECT_EQ(Admitted(table, 7, kStart + 100ms, 100), 1);
  EXPECT_EQ(Admitted(table, 7, kStart + 350ms, 100), 2);
  EXPECT_EQ(Admitted(table, 7, kStart + 400ms, 100), 1);
  EXPECT_EQ(Admitted(table, 7, kStart + 10s, 100), 5) << "the bucket holds no more than a burst";
}

TEST(ArrivalTable, WhoIsRefusedLosesNothingByAsking) {
  ArrivalTable table(1, 1, 1);
  EXPECT_TRUE(table.Admit(7, kStart));
  for (int i = 1; i < 1000; ++i) EXPECT_FALSE(table.Admit(7, kStart + i * 1ms));
  EXPECT_TRUE(table.Admit(7, kStart + 1s));
}

// Against counting with real numbers: a bucket that fills up and is taken from.
TEST(ArrivalTable, IsATokenBucket) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Rng rng(seed);
    const std::uint64_t rate = std::uint64_t{1} << rng.Below(10);  // whole microseconds between
    const std::uint64_t burst = 1 + rng.Below(20);
    ArrivalTable table(rate, burst, 4);
    // In units of a nanosecond's worth: a token is an interval.
    const auto interval = static_cast<std::int64_t>(1'000'000'000 / rate);
    const auto full = interval * static_cast<std::int64_t>(burst);
    std::map<std::uint64_t, std::pair<std::int64_t, MonoTime>> buckets;
    MonoTime now = kStart;
    for (int i = 0; i < 2000; ++i) {
      now += Nanos(rng.Below(static_cast<std::uint64_t>(interval)));
      const std::uint64_t key = 1 + rng.Below(3);
      auto& [tokens, since] = buckets.try_emplace(key, full, now).first->second;
      tokens = std::min(full, tokens + (now - since).count());
      since = now;
      const bool expected = tokens >= interval;
      if (expected) tokens -= interval;
      ASSERT_EQ(table.Admit(key, now), expected) << "arrival " << i;
    }
  }
}

// A stranger with any number of addresses cannot make the table refuse one that keeps its rate.
TEST(ArrivalTable, NobodyIsRefusedForWhatOthersDo) {
  Rng rng(3);
  ArrivalTable table(10, 1, 2);
  MonoTime now = kStart;
  for (int i = 0; i < 2000; ++i) {
    for (int n = 0; n < 50; ++n) table.Admit(1000 + rng.Below(100'000), now);
    ASSERT_TRUE(table.Admit(7, now)) << "number " << i;
    now += 100ms;
  }
}

// While others come and go by the thousand, who owes most is remembered longest.
TEST(ArrivalTable, AFullTableForgetsWhoOwesLeast) {
  ArrivalTable table(10, 20, 1);
  EXPECT_EQ(Admitted(table, 7, kStart, 100), 20);
  for (std::uint64_t key = 100; key < 5100; ++key) EXPECT_TRUE(table.Admit(key, kStart));
  EXPECT_EQ(Admitted(table, 7, kStart, 100), 0);
}

TEST(ArrivalTable, HasItsMemoryFromTheBeginning) {
  ArrivalTable table(10, 1, 64);
  const std::size_t before = table.bytes();
  EXPECT_EQ(before, 64 * ArrivalTable::kWays * 16);
  for (std::uint64_t key = 1; key < 100'000; ++key) table.Admit(key << 3, kStart);
  EXPECT_EQ(table.bytes(), before);
}

}  // namespace
}  // namespace ringcast
