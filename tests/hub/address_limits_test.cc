#include "hub/address_limits.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ringcast {
namespace {

TEST(AddressLimits, AreOffWhenThereIsNoLimit) {
  EXPECT_FALSE(AddressLimits(0).enabled());
  EXPECT_TRUE(AddressLimits(1).enabled());
}

TEST(AddressLimits, AnAddressMayHaveSoManyAndOthersAreNotConcerned) {
  AddressLimits limits(2);
  EXPECT_TRUE(limits.Enter(7));
  EXPECT_TRUE(limits.Enter(7));
  EXPECT_FALSE(limits.Enter(7));
  EXPECT_TRUE(limits.Enter(8));
  EXPECT_TRUE(limits.Enter(7 + 64)) << "the same stripe, another address";
}

TEST(AddressLimits, ThoseTurnedAwayCountUntilTheyHaveGone) {
  AddressLimits limits(1);
  EXPECT_TRUE(limits.Enter(7));
  EXPECT_FALSE(limits.Enter(7));
  limits.Leave(7);
  EXPECT_FALSE(limits.Enter(7)) << "the one turned away is still there";
  limits.Leave(7);
  limits.Leave(7);
  EXPECT_TRUE(limits.Enter(7));
}

TEST(AddressLimits, LeavingWithoutHavingComeChangesNothing) {
  AddressLimits limits(1);
  limits.Leave(7);
  EXPECT_TRUE(limits.Enter(7));
  EXPECT_FALSE(limits.Enter(7));
}

TEST(AddressLimits, HoldForAllShardsTogether) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  AddressLimits limits(kThreads * kEach / 2);
  std::vector<std::thread> threads;
  std::vector<int> admitted(kThreads, 0);
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) admitted[t] += limits.Enter(5) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  int sum = 0;
  for (int count : admitted) sum += count;
  EXPECT_EQ(sum, kThreads * kEach / 2);
}

}  // namespace
}  // namespace ringcast
