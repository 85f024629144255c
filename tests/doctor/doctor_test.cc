#include "doctor/doctor.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>

#include "doctor/made_up_machine.h"
#include "support/port_lease.h"
#include "support/temp_dir.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

class DoctorTest : public ::testing::Test {
 protected:
  LoadedOptions Load(std::vector<OptionSources::Value> more = {}) {
    OptionSources sources;
    sources.flags = {{"listen", {"127.0.0.1:" + std::to_string(port_.port())}},
                     {"admin", {"127.0.0.1:" + std::to_string(admin_.port())}},
                     {"publish-socket", {directory_.File("p.sock")}}};
    sources.flags.insert(sources.flags.end(), more.begin(), more.end());
    return LoadServeOptions(sources);
  }
  // A machine without a fault.
  void MakeGood(MadeUpMachine& machine) {
    machine.Write("/proc/sys/kernel/osrelease", "6.18.1\n");
    machine.Write("/proc/self/status", "Cpus_allowed_list:\t0-1\n");
    machine.WriteLimits("20000 1048576", "unlimited unlimited");
    machine.Write("/proc/meminfo", "MemTotal: 16000000 kB\n");
    machine.Write("/proc/sys/fs/nr_open", "1048576\n");
    machine.Write("/proc/sys/fs/file-max", "9223372036854775807\n");
    machine.Write("/proc/sys/net/core/somaxconn", "4096\n");
    machine.Write("/proc/sys/net/ipv4/tcp_mem", "300000 400000 600000\n");
    machine.Write("/proc/sys/net/ipv4/tcp_migrate_req", "1\n");
    machine.Write("/proc/sys/net/ipv4/ip_local_port_range", "1024 65535\n");
    machine.Write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  }

 private:
  test::PortLease port_;
  test::PortLease admin_;
  test::TempDir directory_;
};

const RingTrial kWorks{.setup_error = 0, .steps = {{"a", "5.1", ""}}};

std::string Of(const std::vector<Finding>& findings, std::string_view check) {
  std::string all;
  for (const Finding& finding : findings) {
    if (finding.check == check)
      all += std::string(Name(finding.level)) + ": " + finding.what + "\n";
  }
  return all;
}

TEST_F(DoctorTest, AMachineWithoutAFaultIsFine) {
  MadeUpMachine machine;
  MakeGood(machine);
  const auto findings = Examine(machine, kWorks, Load({{"max-connections", {"50000"}}}));
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.level, FindingLevel::kOk) << finding.check << ": " << finding.what;
  }
  EXPECT_EQ(ExitCode(findings), 0);
  std::set<std::string_view> checks;
  for (const Finding& finding : findings) checks.insert(finding.check);
  EXPECT_EQ(checks.size(), findings.size()) << "with one listener each check tells one thing";
  for (const char* check :
       {"configuration", "kernel",          "io_uring",   "io_uring-features", "kernel-faults",
        "container",     "clock",           "file-limit", "nr-open",           "file-max",
        "memlock",       "memory",          "tcp-mem",    "conntrack",         "local-ports",
        "backlog",       "tcp-migrate-req", "listen",     "publish-directory", "publish-socket",
        "admin",         "publish-accounts"}) {
    EXPECT_TRUE(checks.contains(check)) << check;
  }
}

TEST_F(DoctorTest, EachPublishListenerIsLookedAt) {
  MadeUpMachine machine;
  MakeGood(machine);
  const test::PortLease taken;
  const Result<UniqueFd> holder = OpenTcpListener({.host = "127.0.0.1", .port = taken.port()});
  ASSERT_TRUE(holder.ok());
  const auto loaded = Load(
      {{"publish-listen", {"127.0.0.1:" + std::to_string(taken.port())}}, {"jwt-key", {"/k.pem"}}});
  const auto findings = Examine(machine, kWorks, loaded);
  EXPECT_NE(Of(findings, "publish-listen"), "");
  const auto told = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.check == "publish-listen";
  });
  EXPECT_EQ(told->level, FindingLevel::kError);
  EXPECT_NE(told->fix.find("--publish-listen"), std::string::npos) << told->fix;
}

TEST_F(DoctorTest, EveryMistakeOfTheConfigurationIsTold) {
  MadeUpMachine machine;
  MakeGood(machine);
  const auto loaded = Load({{"heartbeat", {"15"}}, {"shards", {"many"}}, {"history-ttl", {"x"}}});
  const auto findings = Examine(machine, kWorks, loaded);
  const std::string told = Of(findings, "configuration");
  for (const char* option : {"--heartbeat", "--shards", "--history-ttl"}) {
    EXPECT_NE(told.find(option), std::string::npos) << told;
  }
  EXPECT_EQ(ExitCode(findings), EX_USAGE) << "as serve: only flags are wrong";
  EXPECT_NE(Of(findings, "kernel"), "") << "what needs no configuration is checked all the same";
  EXPECT_EQ(Of(findings, "file-limit"), "");
}

TEST_F(DoctorTest, SeveralErrorsEndWithTheCodeOfTheFirst) {
  MadeUpMachine machine;
  MakeGood(machine);
  machine.WriteLimits("100 100", "unlimited unlimited");
  machine.Write("/proc/sys/kernel/io_uring_disabled", "2\n");
  const auto loaded = Load({{"max-connections", {"50000"}}, {"shards", {"2"}}});
  EXPECT_EQ(ExitCode(Examine(machine, {.setup_error = EPERM, .steps = {}}, loaded)), EX_OSERR);
  EXPECT_EQ(ExitCode(Examine(machine, kWorks, loaded)), EX_CONFIG);
}

}  // namespace
}  // namespace ringcast
