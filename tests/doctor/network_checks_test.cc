#include "doctor/network_checks.h"

#include <gtest/gtest.h>

#include <string>

#include "doctor/made_up_machine.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

ShardPlan PlanOf(std::uint64_t connections) {
  ServeOptions options;
  options.max_connections = connections;
  return *PlanShards(options, {.file_limit = 1 << 20, .cores = 2, .backlog = 4096});
}

TEST(NetworkChecks, Backlog) {
  MadeUpMachine machine;
  EXPECT_EQ(CheckBacklog(machine).level, FindingLevel::kNote);
  machine.Write("/proc/sys/net/core/somaxconn", "4096\n");
  EXPECT_EQ(CheckBacklog(machine).level, FindingLevel::kOk);
  machine.Write("/proc/sys/net/core/somaxconn", "128\n");
  EXPECT_EQ(CheckBacklog(machine).level, FindingLevel::kWarning);
  EXPECT_EQ(CheckBacklog(machine).fix, "sysctl -w net.core.somaxconn=4096");
}

TEST(NetworkChecks, Migration) {
  MadeUpMachine machine;
  ServeOptions options;
  machine.Write("/proc/sys/net/ipv4/tcp_migrate_req", "0\n");
  EXPECT_EQ(CheckMigration(machine, options).level, FindingLevel::kNote);
  EXPECT_EQ(CheckMigration(machine, options).fix, "sysctl -w net.ipv4.tcp_migrate_req=1");
  machine.Write("/proc/sys/net/ipv4/tcp_migrate_req", "1\n");
  EXPECT_EQ(CheckMigration(machine, options).level, FindingLevel::kOk);
  machine.Write("/proc/sys/net/ipv4/tcp_migrate_req", "0\n");
  options.listen = {ListenAddress::Unix("/run/x.sock")};
  EXPECT_EQ(CheckMigration(machine, options).level, FindingLevel::kOk) << "nothing to migrate";
}

TEST(NetworkChecks, Conntrack) {
  MadeUpMachine machine;
  EXPECT_EQ(CheckConntrack(machine, PlanOf(100'000)).level, FindingLevel::kOk) << "not loaded";
  machine.Write("/proc/sys/net/netfilter/nf_conntrack_max", "65536\n");
  EXPECT_EQ(CheckConntrack(machine, PlanOf(100'000)).level, FindingLevel::kWarning);
  EXPECT_EQ(CheckConntrack(machine, PlanOf(60'000)).level, FindingLevel::kOk);
  machine.Write("/proc/sys/net/netfilter/nf_conntrack_count", "10000\n");
  EXPECT_EQ(CheckConntrack(machine, PlanOf(60'000)).level, FindingLevel::kWarning);
}

TEST(NetworkChecks, LocalPorts) {
  MadeUpMachine machine;
  ServeOptions options;
  options.max_connections = 100'000;
  EXPECT_EQ(CheckLocalPorts(machine, options, PlanOf(100'000)).level, FindingLevel::kNote);
  machine.Write("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
  const Finding finding = CheckLocalPorts(machine, options, PlanOf(100'000));
  EXPECT_EQ(finding.level, FindingLevel::kWarning);
  EXPECT_NE(finding.what.find("at most 28232 connections"), std::string::npos) << finding.what;
  EXPECT_EQ(CheckLocalPorts(machine, options, PlanOf(28'232)).level, FindingLevel::kOk);
  options.max_connections = 0;
  EXPECT_EQ(CheckLocalPorts(machine, options, PlanOf(100'000)).level, FindingLevel::kNote)
      << "nobody asked for so many";
  options.listen = {ListenAddress::Tcp("127.0.0.1", 1), ListenAddress::Tcp("::1", 2)};
  EXPECT_EQ(CheckLocalPorts(machine, options, PlanOf(56'464)).level, FindingLevel::kOk);
  options.listen = {ListenAddress::Tcp("0.0.0.0", 1)};
  EXPECT_EQ(CheckLocalPorts(machine, options, PlanOf(100'000)).level, FindingLevel::kOk);
  options.listen = {ListenAddress::Unix("/run/x.sock")};
  EXPECT_EQ(CheckLocalPorts(machine, options, PlanOf(100'000)).level, FindingLevel::kOk);
}

}  // namespace
}  // namespace ringcast
