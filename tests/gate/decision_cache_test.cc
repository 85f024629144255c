#include "gate/decision_cache.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Verdict = Decision::Verdict;

constexpr std::int64_t kUnix = 1'795'294'320;

std::shared_ptr<const Decision> Make(Verdict verdict, std::int64_t expires = 0) {
  auto decision = std::make_shared<Decision>();
  decision->verdict = verdict;
  decision->expires = expires;
  return decision;
}

class DecisionCacheTest : public testing::Test {
 protected:
  DecisionCache cache_;
  MonoTime now_ = MonoTime(1h);
};

TEST_F(DecisionCacheTest, ADecisionHoldsForItsTime) {
  const auto decision = Make(Verdict::kAllowed);
  cache_.Put("a", decision, now_, 5s);
  EXPECT_EQ(cache_.Find("a", now_ + 4999ms, kUnix), decision);
  EXPECT_EQ(cache_.Find("b", now_, kUnix), nullptr);
  EXPECT_EQ(cache_.Find("a", now_ + 5s, kUnix), nullptr);
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(DecisionCacheTest, NeverBeyondItsOwnExpiry) {
  cache_.Put("a", Make(Verdict::kAllowed, kUnix + 2), now_, 1h);
  EXPECT_NE(cache_.Find("a", now_ + 1s, kUnix + 1), nullptr);
  EXPECT_EQ(cache_.Find("a", now_ + 2s, kUnix + 2), nullptr);
}

TEST_F(DecisionCacheTest, ADenialIsForgottenSooner) {
  cache_.Put("a", Make(Verdict::kDenied), now_, 1h);
  EXPECT_NE(cache_.Find("a", now_ + 999ms, kUnix), nullptr);
  EXPECT_EQ(cache_.Find("a", now_ + 1s, kUnix), nullptr);
  cache_.Put("b", Make(Verdict::kDenied), now_, 10ms);
  EXPECT_EQ(cache_.Find("b", now_ + 10ms, kUnix), nullptr);
}

TEST_F(DecisionCacheTest, WhatIsNoDecisionIsNotKept) {
  cache_.Put("a", Make(Verdict::kNone), now_, 1h);
  cache_.Put("b", Make(Verdict::kBusy), now_, 1h);
  cache_.Put("c", Make(Verdict::kAllowed), now_, 0ms);
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(DecisionCacheTest, ALaterDecisionReplacesTheEarlier) {
  const auto later = Make(Verdict::kDenied);
  cache_.Put("a", Make(Verdict::kAllowed), now_, 1h);
  cache_.Put("a", later, now_, 1h);
  EXPECT_EQ(cache_.Find("a", now_, kUnix), later);
  EXPECT_EQ(cache_.size(), 1u);
}

TEST_F(DecisionCacheTest, TheOldestGoesWhenThereAreTooMany) {
  for (std::size_t i = 0; i <= DecisionCache::kMostEntries; ++i) {
    cache_.Put(std::to_string(i), Make(Verdict::kAllowed), now_, 1h);
  }
  EXPECT_EQ(cache_.size(), DecisionCache::kMostEntries);
  EXPECT_EQ(cache_.Find("0", now_, kUnix), nullptr);
  EXPECT_NE(cache_.Find("1", now_, kUnix), nullptr);
}

TEST_F(DecisionCacheTest, AndWhenTheirKeysAreTooLarge) {
  const std::size_t large = DecisionCache::kMostKeyBytes / 4;
  for (char c = 'a'; c <= 'e'; ++c) {
    cache_.Put(std::string(large, c), Make(Verdict::kAllowed), now_, 1h);
  }
  EXPECT_EQ(cache_.size(), 4u);
  EXPECT_EQ(cache_.Find(std::string(large, 'a'), now_, kUnix), nullptr);
  cache_.Put(std::string(DecisionCache::kMostKeyBytes + 1, 'x'), Make(Verdict::kAllowed), now_, 1h);
  EXPECT_EQ(cache_.size(), 0u) << "one that is too large for all of it is not kept";
}

TEST_F(DecisionCacheTest, WhatIsOverIsDroppedByTheNext) {
  for (int i = 0; i < 10; ++i) cache_.Put(std::to_string(i), Make(Verdict::kAllowed), now_, 1s);
  cache_.Put("next", Make(Verdict::kAllowed), now_ + 1s, 1s);
  EXPECT_EQ(cache_.size(), 1u);
}

TEST_F(DecisionCacheTest, ClearForgetsAll) {
  cache_.Put("a", Make(Verdict::kAllowed), now_, 1h);
  cache_.Clear();
  EXPECT_EQ(cache_.Find("a", now_, kUnix), nullptr);
}

}  // namespace
}  // namespace ringcast
