#include "doctor/kernel_checks.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <cerrno>
#include <string>

#include "doctor/made_up_machine.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

const RingTrial kWorks{.setup_error = 0, .steps = {{"a", "5.1", ""}}};
const RingTrial kLacks{.setup_error = 0, .steps = {{"a", "6.1", "Invalid argument"}}};

Finding KernelOf(const char* release, const RingTrial& trial) {
  MadeUpMachine machine;
  machine.Write("/proc/sys/kernel/osrelease", release);
  return CheckKernel(machine, trial);
}

TEST(KernelChecks, JudgeTheVersionByWhatWorks) {
  EXPECT_EQ(KernelOf("6.1.0-18-amd64\n", kLacks).level, FindingLevel::kOk);
  EXPECT_EQ(KernelOf("6.18.44\n", kWorks).level, FindingLevel::kOk);
  EXPECT_EQ(KernelOf("5.14.0-503.el9\n", kWorks).level, FindingLevel::kNote);
  const Finding old = KernelOf("5.15.0\n", kLacks);
  EXPECT_EQ(old.level, FindingLevel::kError);
  EXPECT_EQ(old.exit_code, EX_OSERR);
  EXPECT_NE(old.what.find("5.15.0"), std::string::npos) << old.what;
  EXPECT_NE(old.fix.find("6.1"), std::string::npos) << old.fix;
  EXPECT_EQ(CheckKernel(MadeUpMachine(), kWorks).level, FindingLevel::kNote);
}

std::vector<Finding> FaultsOf(const char* release, Millis max_lifetime = Millis{0}) {
  MadeUpMachine machine;
  machine.Write("/proc/sys/kernel/osrelease", release);
  return CheckKernelFaults(machine, max_lifetime);
}

TEST(KernelChecks, NameTheFaultsOfAVersion) {
  ASSERT_EQ(FaultsOf("6.13.0").size(), 1u);
  EXPECT_EQ(FaultsOf("6.13.0")[0].level, FindingLevel::kOk);
  ASSERT_EQ(FaultsOf("6.12.99").size(), 1u);
  EXPECT_EQ(FaultsOf("6.12.99")[0].level, FindingLevel::kWarning);
  EXPECT_NE(FaultsOf("6.12.99")[0].fix.find("max-lifetime"), std::string::npos);
  EXPECT_EQ(FaultsOf("6.12.99", Millis{3'600'000})[0].level, FindingLevel::kNote)
      << "the remedy has been taken";
  EXPECT_EQ(FaultsOf("6.5.13").size(), 1u);
  EXPECT_EQ(FaultsOf("6.6.1").size(), 2u);
  EXPECT_EQ(FaultsOf("6.7.4").size(), 2u);
  EXPECT_EQ(FaultsOf("6.8.0").size(), 1u);
}

TEST(KernelChecks, TellTheContainer) {
  MadeUpMachine bare;
  bare.Write("/proc/1/cgroup", "0::/init.scope\n");
  EXPECT_EQ(CheckContainer(bare).level, FindingLevel::kOk);
  bare.Write("/proc/1/cgroup", "0::/kubepods/besteffort/pod1\n");
  EXPECT_NE(CheckContainer(bare).what.find("kubepods"), std::string::npos);
  MadeUpMachine docker;
  docker.Write("/.dockerenv", "");
  EXPECT_EQ(CheckContainer(docker).level, FindingLevel::kNote);
  EXPECT_NE(CheckContainer(docker).what.find("docker"), std::string::npos);
  docker.Write("/run/systemd/container", "systemd-nspawn\n");
  EXPECT_NE(CheckContainer(docker).what.find("systemd-nspawn"), std::string::npos);
  MadeUpMachine podman;
  podman.Write("/run/.containerenv", "");
  EXPECT_NE(CheckContainer(podman).what.find("podman"), std::string::npos);
}

TEST(KernelChecks, WarnOfASlowClock) {
  const std::string directory = "/sys/devices/system/clocksource/clocksource0/";
  MadeUpMachine machine;
  EXPECT_EQ(CheckClock(machine).level, FindingLevel::kNote);
  for (const char* good : {"tsc", "kvm-clock", "arch_sys_counter"}) {
    machine.Write(directory + "current_clocksource", std::string(good) + "\n");
    EXPECT_EQ(CheckClock(machine).level, FindingLevel::kOk) << good;
  }
  machine.Write(directory + "available_clocksource", "tsc hpet acpi_pm\n");
  machine.Write(directory + "current_clocksource", "hpet\n");
  EXPECT_EQ(CheckClock(machine).level, FindingLevel::kWarning);
  EXPECT_NE(CheckClock(machine).fix.find("echo tsc"), std::string::npos);
  machine.Write(directory + "available_clocksource", "acpi_pm\n");
  EXPECT_EQ(CheckClock(machine).fix.find("echo tsc"), std::string::npos);
}

}  // namespace
}  // namespace ringcast
