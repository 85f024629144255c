#include "hub/refusals.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/log_sink.h"

namespace ringcast {
namespace {

using std::chrono_literals::operator""s;

class RefusalsTest : public testing::Test {
 protected:
  void SetUp() override {
    lines.clear();
    before_ = SetLogSink([](LogLevel, std::string_view line) { lines.emplace_back(line); });
  }
  void TearDown() override { SetLogSink(before_); }

  static inline std::vector<std::string> lines;
  LimitCounters counters;
  Refusals refusals{counters};

 private:
  LogSink before_ = nullptr;
};

TEST_F(RefusalsTest, AllAreCountedAndOneLineInTenSecondsIsWritten) {
  int built = 0;
  auto who = [&] {
    ++built;
    return std::string("address=192.0.2.1");
  };
  for (int i = 0; i < 1000; ++i) refusals.Note(Limit::kConnectionsPerIp, 8, MonoTime{1s}, who);
  refusals.Note(Limit::kPublishers, 2, MonoTime{2s});
  refusals.Note(Limit::kConnectionsPerIp, 8, MonoTime{11s}, who);
  const std::vector<std::string> expected = {
      "turned away limit=max-connections-per-ip allowed=8 address=192.0.2.1; "
      "--max-connections-per-ip raises it",
      "turned away limit=max-publishers allowed=2; --max-publishers raises it",
      "turned away limit=max-connections-per-ip allowed=8 address=192.0.2.1; "
      "--max-connections-per-ip raises it (and 999 more)"};
  EXPECT_EQ(lines, expected);
  EXPECT_EQ(built, 2) << "what is not written is not made";
  EXPECT_EQ(counters[static_cast<std::size_t>(Limit::kConnectionsPerIp)].Get(), 1001u);
  EXPECT_EQ(counters[static_cast<std::size_t>(Limit::kPublishers)].Get(), 1u);
  EXPECT_EQ(counters[static_cast<std::size_t>(Limit::kConnections)].Get(), 0u);
}

TEST(Limits, AreNamedAfterTheirOptions) {
  EXPECT_EQ(OptionOf(Limit::kConnectionRatePerIp), "connection-rate-per-ip");
  EXPECT_EQ(Name(Limit::kConnectionRatePerIp), "connection_rate_per_ip");
}

}  // namespace
}  // namespace ringcast
