#include "load/bench_report.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <memory>
#include <sstream>

namespace ringcast {
namespace {

std::unique_ptr<BenchReport> Example() {
  auto report = std::make_unique<BenchReport>();
  report->scenario = Scenario::kFanout;
  report->target = "http://127.0.0.1:1/events/\"x\"";
  report->connected = 1000;
  report->connect_seconds = 0.5;
  report->published = 10;
  report->publish_seconds = 1;
  report->seconds = 2;
  report->deliveries = 10'000;
  report->server_cpu = CpuTime{0.01, 0.04};
  report->user_bytes = 106;
  for (std::uint64_t ms = 1; ms <= 1000; ++ms) report->latency_ns.Record(ms * 1'000'000, 10);
  return report;
}

TEST(BenchReport, IsOkOnlyWhenNothingIsWrong) {
  EXPECT_TRUE(Example()->ok(false));
  const auto fails = [](auto change) {
    auto report = Example();
    change(*report);
    return !report->ok(true);
  };
  EXPECT_TRUE(fails([](BenchReport& report) { report.faults.lost = 1; }));
  EXPECT_TRUE(fails([](BenchReport& report) { report.faults.duplicated = 1; }));
  EXPECT_TRUE(fails([](BenchReport& report) { report.faults.reordered = 1; }));
  EXPECT_TRUE(fails([](BenchReport& report) { report.faults.foreign = 1; }));
  EXPECT_TRUE(fails([](BenchReport& report) { report.truncated = 1; }));
  EXPECT_TRUE(fails([](BenchReport& report) { report.ended = 1; }));
  EXPECT_TRUE(fails([](BenchReport& report) { report.deliveries = 0; }));
  // A target that publishes by itself may end its streams.
  EXPECT_FALSE(fails([](BenchReport& report) { report.published = 0, report.ended = 1; }));
  auto told = Example();
  told->faults.gaps = 1;
  EXPECT_TRUE(told->ok(true));
  EXPECT_FALSE(told->ok(false));
}

TEST(BenchReport, JsonHoldsTheFigures) {
  rapidjson::Document json;
  json.Parse(Json(*Example(), false).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["scenario"].GetString(), "fanout");
  EXPECT_STREQ(json["target"].GetString(), "http://127.0.0.1:1/events/\"x\"");
  EXPECT_TRUE(json["ok"].GetBool());
  EXPECT_EQ(json["connects_per_s"].GetDouble(), 2000);
  EXPECT_EQ(json["deliveries_per_s"].GetDouble(), 5000);
  EXPECT_DOUBLE_EQ(json["server_cpu_us_per_delivery"].GetDouble(), 5);
  EXPECT_EQ(json["user_bytes_per_connection"].GetDouble(), 106);
  EXPECT_FALSE(json.HasMember("kernel_bytes_per_connection"));
  EXPECT_NEAR(json["latency_ms"]["p50"].GetDouble(), 500, 5);
  EXPECT_NEAR(json["latency_ms"]["p99"].GetDouble(), 990, 9);
  EXPECT_EQ(json["latency_ms"]["max"].GetDouble(), 1000);
}

TEST(BenchReport, WhatOnlySomeScenariosFindIsToldByBoth) {
  auto report = Example();
  rapidjson::Document plain;
  plain.Parse(Json(*report, false).c_str());
  for (const char* key :
       {"connect_ms", "completion_ms", "quiet_seconds", "events", "churn_rate", "storm_seconds",
        "latency_before_ms", "channels", "slow_share", "user_growth_bytes"}) {
    EXPECT_FALSE(plain.HasMember(key)) << key << " was not measured";
  }
  report->connect_ns.Record(3'000'000);
  report->completion_ns.Record(4'000'000, 7);
  report->quiet = QuietReport{.seconds = 10, .comments = 3, .server_cpu = CpuTime{0.1, 0.4}};
  report->replay =
      ReplayReport{.events = 100, .missed = 99, .seconds = 2, .live = 5, .live_deliveries = 50};
  report->reconnects.emplace();
  report->reconnects->count = 1000;
  report->reconnects->seconds = 0.5;
  report->shift.emplace();
  report->shift->before_ns.Record(1'000'000);
  report->shift->during_ns.Record(3'000'000);
  report->channels = ChannelsReport{.channels = 7, .published_to = 4, .zipf = 1};
  report->slow = SlowReport{.share = 0.5, .readers = 500, .ended = 400};
  report->user_growth_bytes = -4096;
  report->cpu_deliveries = 20'000;
  rapidjson::Document json;
  json.Parse(Json(*report, false).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_EQ(json["connect_ms"]["p999"].GetDouble(), 3);
  EXPECT_EQ(json["completion_ms"]["max"].GetDouble(), 4);
  EXPECT_EQ(json["completion_events"].GetUint64(), 7u);
  EXPECT_DOUBLE_EQ(json["quiet_server_cpu_percent"].GetDouble(), 5);
  EXPECT_EQ(json["quiet_comments"].GetUint64(), 3u);
  EXPECT_EQ(json["live_deliveries"].GetUint64(), 50u);
  EXPECT_EQ(json["missed"].GetUint64(), 99u);
  EXPECT_EQ(json["replay_seconds"].GetDouble(), 2);
  EXPECT_EQ(json["storm_seconds"].GetDouble(), 0.5);
  EXPECT_EQ(json["reconnects_per_s"].GetDouble(), 2000);
  EXPECT_NEAR(json["latency_p99_ratio"].GetDouble(), 3, 0.03);
  EXPECT_EQ(json["channels_published"].GetUint64(), 4u);
  EXPECT_EQ(json["slow_ended"].GetUint64(), 400u);
  EXPECT_EQ(json["user_growth_bytes"].GetDouble(), -4096);
  EXPECT_DOUBLE_EQ(json["server_cpu_us_per_delivery"].GetDouble(), 2.5);
  report->reconnects->churn_rate = 100;
  json.Parse(Json(*report, false).c_str());
  EXPECT_EQ(json["churn_rate"].GetDouble(), 100);
  EXPECT_FALSE(json.HasMember("storm_seconds"));

  const std::string table = Table(*report, false);
  for (const char* line :
       {"connect  ", "completion", "quiet", "replayed", "made anew", "latency before", "p99 ratio",
        "channels", "stopped reading", "memory growth"}) {
    EXPECT_NE(table.find(line), std::string::npos) << line << table;
  }
}

TEST(BenchReport, TheTableSaysWhetherItFailed) {
  auto report = Example();
  EXPECT_NE(Table(*report, false).find(": ok\n"), std::string::npos) << Table(*report, false);
  report->faults.lost = 7;
  report->worker_running = 0.6;
  report->worker_waiting = 0.39;
  const std::string table = Table(*report, false);
  EXPECT_NE(table.find("7 lost"), std::string::npos) << table;
  EXPECT_NE(table.find("FAILED"), std::string::npos) << table;
  EXPECT_NE(table.find("THE GENERATOR WAS A LIMIT"), std::string::npos) << table;
}

// Columns: value in ms, percentile, total count, 1/(1-percentile); the last row without the last.
TEST(Hgrm, RowsRiseToTheMaximum) {
  const auto report = Example();
  std::istringstream text(Hgrm(report->latency_ns));
  std::string line;
  std::getline(text, line);
  EXPECT_EQ(line, "       Value     Percentile TotalCount 1/(1-Percentile)");
  std::getline(text, line);
  EXPECT_EQ(line, "");
  double last_value = 0;
  double last_percentile = 0;
  std::uint64_t count = 0;
  while (std::getline(text, line) && line[0] != '#') {
    std::istringstream row(line);
    double value = 0;
    double percentile = 0;
    double inverse = 0;
    ASSERT_TRUE(row >> value >> percentile >> count) << line;
    EXPECT_GT(value, last_value);
    EXPECT_GT(percentile, last_percentile);
    EXPECT_NEAR(percentile, static_cast<double>(count) / 10'000, 1e-9);
    EXPECT_EQ(static_cast<bool>(row >> inverse), count < 10'000) << line;
    last_value = value;
    last_percentile = percentile;
  }
  EXPECT_EQ(last_value, 1000);
  EXPECT_EQ(last_percentile, 1);
  EXPECT_EQ(count, 10'000u);
  EXPECT_EQ(line.rfind("#[Mean", 0), 0u);
  std::getline(text, line);
  EXPECT_EQ(line, "#[Max     =     1000.000, Total count    =        10000]");
}

}  // namespace
}  // namespace ringcast
