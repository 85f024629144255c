#include "doctor/memory_checks.h"

#include <gtest/gtest.h>

#include <string>

#include "doctor/made_up_machine.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

constexpr std::uint64_t kMiB = 1 << 20;

ServeOptions With(std::uint64_t connections, std::uint64_t history = 64 * kMiB) {
  ServeOptions options;
  options.max_connections = connections;
  options.history_memory = history;
  return options;
}
ShardPlan PlanOf(const ServeOptions& options) {
  return *PlanShards(options, {.file_limit = 1 << 20, .cores = 2, .backlog = 4096});
}
Finding Check(const Machine& machine, const ServeOptions& options) {
  return CheckMemory(machine, options, PlanOf(options));
}

TEST(MemoryChecks, TheSumAddsUp) {
  const ServeOptions options = With(100'000);
  const MemoryEstimate estimate = EstimateMemory(options, PlanOf(options), 0);
  // 100,000 x 4,590, 64 MiB of history and 8 of slack, two shards of 1.5 MiB, tables of 58,448.
  EXPECT_EQ(estimate.idle, 459'000'000 + 72 * kMiB + 3 * kMiB + 2 * 58'448 * 8);
  EXPECT_EQ(estimate.broadcast, estimate.idle + 409'600'000);
  EXPECT_NE(estimate.sum.find("100000 connections x (4500 B kernel + 90 B user)"),
            std::string::npos)
      << estimate.sum;
}

TEST(MemoryChecks, MemoryAgainstTheEstimate) {
  MadeUpMachine machine;
  EXPECT_EQ(Check(machine, With(100'000)).level, FindingLevel::kNote) << "nothing can be read";
  machine.Write("/proc/meminfo", "MemTotal:       2000000 kB\n");
  EXPECT_EQ(Check(machine, With(100'000)).level, FindingLevel::kOk);
  const Finding too_many = Check(machine, With(1'000'000));
  EXPECT_EQ(too_many.level, FindingLevel::kWarning);
  EXPECT_NE(too_many.fix.find("max-connections = 2"), std::string::npos) << too_many.fix;
  EXPECT_EQ(too_many.fix.find("MemoryMax"), std::string::npos) << "no group bounds it";
  EXPECT_EQ(Check(machine, With(1000, ServeOptions::kNoMemoryLimit)).level, FindingLevel::kNote);
}

TEST(MemoryChecks, TheControlGroupMayHaveLess) {
  MadeUpMachine machine;
  machine.Write("/proc/meminfo", "MemTotal:       8000000 kB\n");
  machine.Write("/proc/self/cgroup", "0::/system.slice/ringcast.service\n");
  machine.Write("/sys/fs/cgroup/system.slice/ringcast.service/memory.max", "536870912\n");
  const Finding finding = Check(machine, With(100'000));
  EXPECT_EQ(finding.level, FindingLevel::kWarning);
  EXPECT_NE(finding.what.find("512 MiB in the control group"), std::string::npos) << finding.what;
  EXPECT_NE(finding.fix.find("MemoryMax="), std::string::npos) << finding.fix;
}

TEST(MemoryChecks, TheRemedyFits) {
  MadeUpMachine machine;
  machine.Write("/proc/meminfo", "MemTotal:       2000000 kB\n");
  const std::string fix = Check(machine, With(1'000'000)).fix;
  const std::uint64_t fitting = std::stoull(fix.substr(fix.find("= ") + 2));
  EXPECT_EQ(Check(machine, With(fitting)).level, FindingLevel::kOk) << fitting;
}

TEST(MemoryChecks, TcpMemory) {
  MadeUpMachine machine;
  const auto check = [&](std::uint64_t connections) {
    return CheckTcpMemory(machine, PlanOf(With(connections)));
  };
  EXPECT_EQ(check(1000).level, FindingLevel::kNote);
  machine.Write("/proc/sys/net/ipv4/tcp_mem", "100000\t200000\t300000\n");
  EXPECT_EQ(check(200'000).level, FindingLevel::kOk);
  EXPECT_EQ(check(300'000).level, FindingLevel::kNote);
  EXPECT_EQ(check(300'001).level, FindingLevel::kWarning);
  EXPECT_EQ(check(400'000).fix, "sysctl -w net.ipv4.tcp_mem=\"400000 600000 800000\"");
}

}  // namespace
}  // namespace ringcast
