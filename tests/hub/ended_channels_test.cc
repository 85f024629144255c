#include "hub/ended_channels.h"

#include <gtest/gtest.h>

#include <string>

#include "hub/budget.h"

namespace ringcast {
namespace {

class EndedChannelsTest : public testing::Test {
 protected:
  EndedChannelsTest() { ended_.SetLifetime(100); }
  EndedChannels ended_{HashKey{1, 2}};
};

TEST_F(EndedChannelsTest, KnowsWhatEndedAndNothingElse) {
  ended_.Remember("a", 10);
  EXPECT_TRUE(ended_.Has("a", 10));
  EXPECT_FALSE(ended_.Has("b", 10));
  EXPECT_EQ(ended_.size(), 1u);
}

TEST_F(EndedChannelsTest, ForgetsAfterItsTimeAndGivesTheMemoryBack) {
  ended_.Remember("a", 10);
  ended_.Remember("b", 50);
  EXPECT_TRUE(ended_.Has("a", 109));
  EXPECT_FALSE(ended_.Has("a", 110)) << "whether or not it was taken out";
  ended_.Expire(110);
  EXPECT_EQ(ended_.size(), 1u);
  EXPECT_TRUE(ended_.Has("b", 110));
  ended_.Expire(150);
  EXPECT_EQ(ended_.size(), 0u);
}

TEST_F(EndedChannelsTest, AnotherEndCountsAnew) {
  ended_.Remember("a", 10);
  ended_.Remember("b", 20);
  ended_.Remember("a", 30);
  EXPECT_EQ(ended_.size(), 2u);
  ended_.Expire(120);
  EXPECT_FALSE(ended_.Has("b", 120));
  EXPECT_TRUE(ended_.Has("a", 120));
}

TEST_F(EndedChannelsTest, ABeginningIsTheEndOfTheEnd) {
  ended_.Remember("a", 10);
  ended_.Remember("b", 10);
  ended_.Forget("a");
  ended_.Forget("never was");
  EXPECT_FALSE(ended_.Has("a", 11));
  EXPECT_TRUE(ended_.Has("b", 11));
}

TEST_F(EndedChannelsTest, AShorterLifetimeHoldsForWhatIsRemembered) {
  ended_.Remember("a", 10);
  ended_.SetLifetime(20);
  EXPECT_TRUE(ended_.Has("a", 29));
  EXPECT_FALSE(ended_.Has("a", 30));
  ended_.SetLifetime(0);
  ended_.Remember("b", 30);
  EXPECT_FALSE(ended_.Has("b", 30));
  ended_.Expire(31);
  EXPECT_EQ(ended_.size(), 0u);
}

TEST_F(EndedChannelsTest, BeyondItsBoundTheOldestGo) {
  ended_.SetLifetime(UINT32_MAX);
  const auto name = [](std::size_t i) { return "channel/" + std::to_string(i); };
  for (std::size_t i = 0; i < budget::kEndedChannels + 10; ++i) ended_.Remember(name(i), 1);
  EXPECT_EQ(ended_.size(), budget::kEndedChannels);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_FALSE(ended_.Has(name(i), 1));
  for (std::size_t i = 10; i < budget::kEndedChannels + 10; ++i) {
    ASSERT_TRUE(ended_.Has(name(i), 1)) << i;
  }
  for (std::size_t i = 0; i < budget::kEndedChannels; ++i) {
    ASSERT_FALSE(ended_.Has("other/" + std::to_string(i), 1)) << "nobody is stopped in error";
  }
  EXPECT_LE(ended_.bytes(), budget::kEndedChannels * 60);
}

}  // namespace
}  // namespace ringcast
