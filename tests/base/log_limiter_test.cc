#include "base/log_limiter.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

namespace ringcast {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr MonoTime kStart{};

TEST(LogLimiter, AdmitsSoManyASecondAndTellsTheRest) {
  LogLimiter limiter(2);
  EXPECT_TRUE(limiter.Admit(kStart).admitted);
  EXPECT_TRUE(limiter.Admit(kStart + 1ms).admitted);
  EXPECT_FALSE(limiter.Admit(kStart + 2ms).admitted);
  EXPECT_FALSE(limiter.Admit(kStart + 999ms).admitted);
  const LogAdmission next = limiter.Admit(kStart + 1s);
  EXPECT_TRUE(next.admitted);
  EXPECT_EQ(next.left_out, 2u);
  EXPECT_EQ(next.Suffix(), " (and 2 more)");
  const LogAdmission after = limiter.Admit(kStart + 1s);
  EXPECT_TRUE(after.admitted);
  EXPECT_EQ(after.left_out, 0u);
  EXPECT_EQ(after.Suffix(), "");
}

TEST(LogLimiter, AWindowOpensWithItsFirstMessage) {
  LogLimiter limiter(1);
  EXPECT_TRUE(limiter.Admit(kStart + 700ms).admitted);
  EXPECT_FALSE(limiter.Admit(kStart + 1600ms).admitted);
  EXPECT_TRUE(limiter.Admit(kStart + 1700ms).admitted);
}

TEST(LogLimiter, AWindowMayBeLonger) {
  LogLimiter limiter(1, 10s);
  EXPECT_TRUE(limiter.Admit(kStart).admitted);
  EXPECT_FALSE(limiter.Admit(kStart + 9999ms).admitted);
  EXPECT_EQ(limiter.Admit(kStart + 10s).left_out, 1u);
}

TEST(LogLimiter, WhatIsLeftAtTheEndCanBeTaken) {
  LogLimiter limiter(1);
  EXPECT_TRUE(limiter.Admit(kStart).admitted);
  EXPECT_FALSE(limiter.Admit(kStart).admitted);
  EXPECT_EQ(limiter.TakeLeftOut(), 1u);
  EXPECT_EQ(limiter.TakeLeftOut(), 0u);
}

TEST(LogLimiter, EveryMessageIsAdmittedOrCountedOnce) {
  constexpr unsigned kSeed = 11;
  std::mt19937 random(kSeed);
  for (int run = 0; run < 100; ++run) {
    const std::uint32_t per_second = 1 + random() % 5;
    LogLimiter limiter(per_second);
    MonoTime now = kStart;
    std::uint64_t admitted = 0;
    std::uint64_t told = 0;
    constexpr std::uint64_t kMessages = 1000;
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      now += Millis(random() % 300);
      const LogAdmission admission = limiter.Admit(now);
      admitted += admission.admitted ? 1 : 0;
      told += admission.left_out;
    }
    ASSERT_EQ(admitted + told + limiter.TakeLeftOut(), kMessages) << "seed " << kSeed;
    const auto seconds = static_cast<std::uint64_t>((now - kStart) / 1s) + 1;
    ASSERT_LE(admitted, seconds * per_second) << "seed " << kSeed;
  }
}

}  // namespace
}  // namespace ringcast
