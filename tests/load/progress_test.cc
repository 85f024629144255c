#include "load/progress.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace ringcast {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

// What a Progress wrote.
class ProgressTest : public testing::Test {
 protected:
  void SetUp() override { stream_ = ::open_memstream(&text_, &size_); }
  void TearDown() override {
    std::fclose(stream_);
    std::free(text_);
  }
  std::string Written() {
    std::fflush(stream_);
    return {text_, size_};
  }

  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_ = nullptr;
};

TEST(ProgressLine, HasABarWhenTheEndIsKnown) {
  EXPECT_EQ(ProgressLine({"connecting", 3500, 10'000, 1200}),
            "connecting  [########................]  35%  3500 of 10000  1200/s");
  EXPECT_EQ(ProgressLine({"x", 0, 5, 0}), "x  [........................]   0%  0 of 5  0/s");
  EXPECT_EQ(ProgressLine({"x", 9, 5, 0}), "x  [########################] 100%  9 of 5  0/s");
  EXPECT_EQ(ProgressLine({"deliveries", 7, 0, 2.4}), "deliveries  7  2/s");
}

TEST_F(ProgressTest, ATerminalsLineIsDrawnAgainAndTakenAway) {
  {
    Progress progress(stream_, true);
    progress.Show(1 * kSecond, "a", 0, 100);
    EXPECT_EQ(Written(), "") << "the rate is not known yet";
    progress.Show(2 * kSecond, "a", 50, 100);
    EXPECT_EQ(Written(), "\r\x1b[K" + ProgressLine({"a", 50, 100, 50}));
    progress.Show(2 * kSecond + 1, "a", 60, 100);
    EXPECT_EQ(Written(), "\r\x1b[K" + ProgressLine({"a", 50, 100, 50})) << "too soon";
  }
  EXPECT_TRUE(Written().ends_with("\r\x1b[K"));
}

TEST_F(ProgressTest, ElsewhereItIsALineEveryFewSeconds) {
  {
    Progress progress(stream_, false);
    for (std::uint64_t second = 0; second <= 12; ++second) {
      progress.Show(second * kSecond, "a", second * 10, 0);
    }
  }
  EXPECT_EQ(Written(), "a  50  10/s\na  100  10/s\n");
}

TEST_F(ProgressTest, NobodyWatchesNothing) {
  Progress progress(nullptr, true);
  progress.Show(kSecond, "a", 1, 2);
  progress.Show(9 * kSecond, "a", 2, 2);
  progress.Clear();
}

}  // namespace
}  // namespace ringcast
