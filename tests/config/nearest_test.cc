#include "config/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace ringcast {
namespace {

TEST(EditDistance, CountsInsertionsRemovalsReplacementsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("retry", "retry"), 0u);
  EXPECT_EQ(EditDistance("retr", "retry"), 1u);
  EXPECT_EQ(EditDistance("rertry", "retry"), 1u);
  EXPECT_EQ(EditDistance("rexry", "retry"), 1u);
  EXPECT_EQ(EditDistance("rtery", "retry"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  // A swapped pair is not edited again, which the unrestricted distance (2) would allow.
  EXPECT_EQ(EditDistance("ca", "abc"), 3u);
}

TEST(Nearest, TakesTheSmallestDistanceAndTheFirstOfEquals) {
  constexpr std::array<std::string_view, 4> kWords{"heartbeat", "retry", "listen", "listed"};
  EXPECT_EQ(Nearest("hartbeat", kWords), "heartbeat");
  EXPECT_EQ(Nearest("listen", kWords), "listen");
  EXPECT_EQ(Nearest("liste", kWords), "listen");
}

TEST(Nearest, GivesNothingWhenAllAreFar) {
  constexpr std::array<std::string_view, 2> kWords{"heartbeat", "retry"};
  EXPECT_EQ(Nearest("colour", kWords), "");
  EXPECT_EQ(Nearest("", kWords), "");
  EXPECT_EQ(Nearest("x", {}), "");
}

}  // namespace
}  // namespace ringcast
