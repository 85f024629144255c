#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace ringcast {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return Error{"an odd number has no half"};
  return value / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  ASSERT_TRUE(Half(8).ok());
  EXPECT_EQ(*Half(8), 4);
  ASSERT_FALSE(Half(7));
  EXPECT_EQ(Half(7).error().message, "an odd number has no half");
  const Status status = Done{};
  EXPECT_TRUE(status.ok());
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
  std::unique_ptr<int> taken = std::move(*result);
  EXPECT_EQ(*taken, 3);
}

TEST(ResultDeathTest, RefusesToGiveWhatItDoesNotHold) {
  EXPECT_DEATH(Half(7).value(), "holds an error");
  EXPECT_DEATH(Half(8).error(), "holds a value");
}

}  // namespace
}  // namespace ringcast
