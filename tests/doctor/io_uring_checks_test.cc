#include "doctor/io_uring_checks.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <cerrno>
#include <string>

#include "doctor/made_up_machine.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

RingTrial Failing(int error) { return {.setup_error = error, .steps = {}}; }

::testing::AssertionResult Tells(const Finding& finding, const std::string& part) {
  const std::string all = finding.what + " | " + finding.why + " | " + finding.fix;
  if (all.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "\"" << part << "\" is not in: " << all;
}

TEST(IoUringChecks, NameWhatForbidsARing) {
  MadeUpMachine machine;
  const auto check = [&] { return CheckRingSetup(machine, Failing(EPERM)); };
  EXPECT_TRUE(Tells(check(), "SELinux"));
  machine.Write("/proc/self/status", "Seccomp:\t2\n");
  EXPECT_TRUE(Tells(check(), "seccomp filter"));
  EXPECT_TRUE(Tells(check(), "docker run --security-opt"));
  machine.Write("/proc/sys/kernel/io_uring_group", "987\n");
  machine.Write("/proc/sys/kernel/io_uring_disabled", "1\n");
  EXPECT_TRUE(Tells(check(), "io_uring_disabled = 1"));
  EXPECT_TRUE(Tells(check(), "io_uring_group = 987"));
  machine.Write("/proc/sys/kernel/io_uring_disabled", "2\n");
  EXPECT_TRUE(Tells(check(), "io_uring_disabled = 2"));
  EXPECT_TRUE(Tells(check(), "sysctl -w kernel.io_uring_disabled=0"));
  EXPECT_EQ(check().level, FindingLevel::kError);
  EXPECT_EQ(check().exit_code, EX_OSERR);
}

TEST(IoUringChecks, EachRefusalHasItsRemedy) {
  const MadeUpMachine machine;
  EXPECT_TRUE(Tells(CheckRingSetup(machine, Failing(ENOSYS)), "CONFIG_IO_URING"));
  EXPECT_TRUE(Tells(CheckRingSetup(machine, Failing(ENOMEM)), "LimitMEMLOCK"));
  EXPECT_TRUE(Tells(CheckRingSetup(machine, Failing(EMFILE)), "LimitNOFILE"));
  EXPECT_TRUE(Tells(CheckRingSetup(machine, Failing(EINVAL)), "Invalid argument"));
}

TEST(IoUringChecks, ARingThatOnlyThisUserMayMakeIsANote) {
  MadeUpMachine machine;
  EXPECT_EQ(CheckRingSetup(machine, {}).level, FindingLevel::kOk);
  machine.Write("/proc/sys/kernel/io_uring_disabled", "1\n");
  EXPECT_EQ(CheckRingSetup(machine, {}).level, FindingLevel::kNote);
}

TEST(IoUringChecks, TellEveryFeatureThatIsMissing) {
  const RingTrial trial{.setup_error = 0,
                        .steps = {{"ACCEPT", "5.5", ""},
                                  {"MSG_RING", "5.18", "no such operation"},
                                  {"set-up flag DEFER_TASKRUN", "6.1", "Invalid argument"}}};
  const Finding finding = CheckRingFeatures(trial);
  EXPECT_EQ(finding.level, FindingLevel::kError);
  EXPECT_EQ(finding.exit_code, EX_OSERR);
  EXPECT_TRUE(Tells(finding, "MSG_RING (no such operation; in Linux since 5.18)"));
  EXPECT_TRUE(Tells(finding, "DEFER_TASKRUN"));
  EXPECT_EQ(finding.what.find("ACCEPT"), std::string::npos) << "that works";
  EXPECT_EQ(CheckRingFeatures(Failing(EPERM)).level, FindingLevel::kNote);
}

TEST(IoUringChecks, HoldLockedMemoryAgainstTheRings) {
  MadeUpMachine machine;
  EXPECT_EQ(CheckLockedMemory(machine, 4).level, FindingLevel::kNote);
  machine.WriteLimits("1024 1024", "65536 65536");
  EXPECT_EQ(CheckLockedMemory(machine, 4).level, FindingLevel::kError);
  EXPECT_EQ(CheckLockedMemory(machine, 4).exit_code, EX_OSERR);
  machine.Write("/proc/sys/kernel/osrelease", "6.13.12\n");
  EXPECT_EQ(CheckLockedMemory(machine, 4).level, FindingLevel::kOk) << "it did not bind rings";
  machine.Write("/proc/sys/kernel/osrelease", "6.14.0\n");
  EXPECT_EQ(CheckLockedMemory(machine, 4).level, FindingLevel::kError);
  machine.WriteLimits("1024 1024", "8388608 8388608");
  EXPECT_EQ(CheckLockedMemory(machine, 4).level, FindingLevel::kOk);
  EXPECT_EQ(CheckLockedMemory(machine, 66).level, FindingLevel::kError);
  machine.WriteLimits("1024 1024", "unlimited unlimited");
  EXPECT_EQ(CheckLockedMemory(machine, 66).level, FindingLevel::kOk);
  machine.WriteLimits("1024 1024", "0 0");
  machine.Write("/proc/self/status", "CapEff:\t0000000000004000\n");
  EXPECT_EQ(CheckLockedMemory(machine, 66).level, FindingLevel::kOk) << "CAP_IPC_LOCK";
}

TEST(IoUringChecks, ServeSaysTheSame) {
  MadeUpMachine machine;
  machine.Write("/proc/sys/kernel/io_uring_disabled", "2\n");
  EXPECT_EQ(ExplainRing(machine, Failing(EPERM), 4, "refused").Sentence(),
            CheckRingSetup(machine, Failing(EPERM)).Sentence());
  EXPECT_EQ(ExplainRing(machine, {}, 4, "a table of 9 is refused").Sentence(),
            "a table of 9 is refused")
      << "what the checks do not find is said as it was";
  machine.WriteLimits("1024 1024", "65536 65536");
  EXPECT_EQ(ExplainRing(machine, {}, 4, "no memory").Sentence(),
            CheckLockedMemory(machine, 4).Sentence());
}

}  // namespace
}  // namespace ringcast
