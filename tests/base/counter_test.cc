#include "base/counter.h"

#include <gtest/gtest.h>

#include <thread>

namespace ringcast {
namespace {

TEST(Counter, AddsAndSets) {
  Counter counter;
  EXPECT_EQ(counter.Get(), 0u);
  counter.Add();
  counter.Add(41);
  EXPECT_EQ(counter.Get(), 42u);
  counter.Set(7);
  EXPECT_EQ(counter.Get(), 7u);
  counter.Add(UINT64_MAX);
  EXPECT_EQ(counter.Get(), 6u);
}

TEST(Counter, IsReadWhileItCounts) {
  // Each step adds to both halves of the word: a torn read would show halves that differ.
  constexpr std::uint64_t kStep = (std::uint64_t{1} << 32) + 1;
  constexpr std::uint64_t kSteps = 200000;
  Counter counter;
  std::thread owner([&] {
    for (std::uint64_t i = 0; i < kSteps; ++i) counter.Add(kStep);
  });
  std::uint64_t before = 0;
  while (before != kSteps * kStep) {
    const std::uint64_t now = counter.Get();
    if (now < before || now % kStep != 0) {
      ADD_FAILURE() << "read " << now << " after " << before;
      break;
    }
    before = now;
  }
  owner.join();
  EXPECT_EQ(counter.Get(), kSteps * kStep);
}

}  // namespace
}  // namespace ringcast
