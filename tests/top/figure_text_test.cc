#include "top/figure_text.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(FigureText, Counts) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1'000), "1,000");
  EXPECT_EQ(CountText(999'999), "999,999");
  EXPECT_EQ(CountText(1'250'000), "1.25 M");
  EXPECT_EQ(CountText(2.5e9), "2.50 G");
  EXPECT_EQ(RateText(0), "0");
  EXPECT_EQ(RateText(0.5), "0.5");
  EXPECT_EQ(RateText(12.4), "12");
}

TEST(FigureText, Bytes) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.50 KiB");
  EXPECT_EQ(BytesText(17.25 * 1024 * 1024), "17.2 MiB");
  EXPECT_EQ(BytesText(200.0 * (1u << 30)), "200 GiB");
}

TEST(FigureText, Times) {
  EXPECT_EQ(SecondsText(std::nullopt), "-");
  EXPECT_EQ(SecondsText(0.000'25), "250 us");
  EXPECT_EQ(SecondsText(0.001'25), "1.25 ms");
  EXPECT_EQ(SecondsText(0.25), "250 ms");
  EXPECT_EQ(SecondsText(2.0), "2.00 s");
  EXPECT_EQ(UptimeText(59), "59 s");
  EXPECT_EQ(UptimeText(3'600), "1 h 0 min");
  EXPECT_EQ(UptimeText(90'061), "1 d 1 h");
  EXPECT_EQ(PercentText(0.974), "97 %");
  EXPECT_EQ(PercentText(std::nullopt), "-");
}

TEST(FigureText, ASparklineIsAsHighAsItsGreatestShownValue) {
  EXPECT_EQ(Sparkline({}, 10), "");
  EXPECT_EQ(Sparkline({0, 0}, 10), "▁▁");
  EXPECT_EQ(Sparkline({0, 50, 100}, 10), "▁▅█");
  EXPECT_EQ(Sparkline({1'000'000, 1, 1}, 2), "██") << "what is not shown does not count";
}

}  // namespace
}  // namespace ringcast
