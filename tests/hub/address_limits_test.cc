#include "hub/address_limits.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ringcast {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Verdict = AddressLimits::Verdict;

constexpr MonoTime kStart{1s};

TEST(AddressLimits, AreOffWhenThereIsNoLimit) {
  using Options = AddressLimits::Options;
  EXPECT_FALSE(Options().enabled());
  EXPECT_FALSE(Options{.burst = 5}.enabled()) << "a burst of no rate";
  EXPECT_TRUE(Options{.connections = 1}.enabled());
  EXPECT_TRUE(Options{.per_second = 1}.enabled());
}

TEST(AddressLimits, AnAddressMayHaveSoManyAndOthersAreNotConcerned) {
  AddressLimits limits({.connections = 2});
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kTooMany);
  EXPECT_EQ(limits.Enter(8, kStart), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7 + 64, kStart), Verdict::kWithin) << "the same stripe, another address";
}

TEST(AddressLimits, WhoIsTurnedAwayDoesNotCount) {
  AddressLimits limits({.connections = 1});
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kWithin);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limits.Enter(7, kStart), Verdict::kTooMany);
  limits.Leave(7);
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kTooMany);
}

TEST(AddressLimits, LeavingWithoutHavingComeChangesNothing) {
  AddressLimits limits({.connections = 1});
  limits.Leave(7);
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kTooMany);
}

TEST(AddressLimits, TheRateHoldsWhetherOrNotTheNumberIsLimited) {
  AddressLimits rate({.per_second = 10, .burst = 2});
  AddressLimits both({.connections = 3, .per_second = 10, .burst = 2});
  for (AddressLimits* limits : {&rate, &both}) {
    EXPECT_EQ(limits->Enter(7, kStart), Verdict::kWithin);
    EXPECT_EQ(limits->Enter(7, kStart), Verdict::kWithin);
    EXPECT_EQ(limits->Enter(7, kStart), Verdict::kTooFast);
    EXPECT_EQ(limits->Enter(7, kStart + 100ms), Verdict::kWithin);
    EXPECT_EQ(limits->Enter(8, kStart + 100ms), Verdict::kWithin);
  }
  EXPECT_EQ(both.Enter(7, kStart + 200ms), Verdict::kTooMany) << "and takes no token:";
  both.Leave(7);
  EXPECT_EQ(both.Enter(7, kStart + 200ms), Verdict::kWithin);
  both.Leave(7);
  EXPECT_EQ(both.Enter(7, kStart + 200ms), Verdict::kTooFast);
}

TEST(AddressLimits, WithoutABurstItIsOneSecondsWorth) {
  AddressLimits limits({.per_second = 5});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limits.Enter(7, kStart), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7, kStart), Verdict::kTooFast);
}

TEST(AddressLimits, MemoryIsReusedByThoseWhoComeLater) {
  AddressLimits limits({.connections = 1, .per_second = 1000});
  auto come_and_go = [&](AddressLimits::Key from) {
    for (AddressLimits::Key key = from; key < from + 5000; ++key) {
      EXPECT_EQ(limits.Enter(key, kStart), Verdict::kWithin);
    }
    for (AddressLimits::Key key = from; key < from + 5000; ++key) limits.Leave(key);
  };
  come_and_go(1);
  const std::size_t before = limits.bytes();
  for (AddressLimits::Key round = 1; round < 20; ++round) come_and_go(round * 10'000);
  EXPECT_LE(limits.bytes(), before);
}

TEST(AddressLimits, OtherLimitsHoldForThoseWhoComeAndKeepTheCount) {
  AddressLimits limits({.connections = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kWithin);
  limits.Change({.connections = 1});
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kTooMany);
  limits.Leave(7);
  limits.Leave(7);
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kTooMany) << "one of three is still there";
  limits.Change({});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kWithin);
  limits.Change({.connections = 6});
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kTooMany) << "six came, also without a limit";
  for (int i = 0; i < 6; ++i) limits.Leave(7);
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kWithin);
}

TEST(AddressLimits, ThoseWhoAreLimitedByARateAloneAreCountedForALimitToCome) {
  AddressLimits limits({.per_second = 100});
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kWithin);
  limits.Change({.connections = 1, .per_second = 100});
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kTooMany);
}

TEST(AddressLimits, AnotherRateHoldsFromThenOn) {
  AddressLimits limits({.per_second = 1, .burst = 2});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kTooFast);
  limits.Change({.connections = 100, .per_second = 1, .burst = 2});
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kTooFast) << "the rate is the same";
  limits.Change({.per_second = 1, .burst = 4});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kWithin);
  EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kTooFast);
  limits.Change({});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limits.Enter(7, MonoTime{}), Verdict::kWithin);
}

TEST(AddressLimits, MayChangeWhileShardsAsk) {
  constexpr int kThreads = 2;
  constexpr int kEach = 20'000;
  AddressLimits limits({});
  std::vector<std::thread> shards;
  for (int i = 0; i < kThreads; ++i) {
    shards.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        const AddressLimits::Key key = 1 + static_cast<AddressLimits::Key>(n % 50);
        if (limits.Enter(key, MonoTime{}) == Verdict::kWithin) limits.Leave(key);
      }
    });
  }
  for (std::uint64_t n = 0; n < 300; ++n) {
    limits.Change({.connections = n % 3, .per_second = n % 2 * 1000, .burst = 0});
  }
  for (std::thread& shard : shards) shard.join();
  limits.Change({.connections = 1});
  for (AddressLimits::Key key = 1; key <= 50; ++key) {
    EXPECT_EQ(limits.Enter(key, MonoTime{}), Verdict::kWithin) << "nobody is left behind";
  }
}

TEST(AddressLimits, HoldForAllShardsTogether) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  AddressLimits limits({.connections = kThreads * kEach / 2});
  std::vector<std::thread> threads;
  std::vector<int> admitted(kThreads, 0);
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        admitted[t] += limits.Enter(5, kStart) == Verdict::kWithin ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int sum = 0;
  for (int count : admitted) sum += count;
  EXPECT_EQ(sum, kThreads * kEach / 2);
}

}  // namespace
}  // namespace ringcast
