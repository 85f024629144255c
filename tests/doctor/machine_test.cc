#include "doctor/machine.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "doctor/made_up_machine.h"
#include "uring/process.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

TEST(Machine, WhatIsNotThereIsNothing) {
  const MadeUpMachine empty;
  EXPECT_FALSE(empty.get().Has("/proc"));
  EXPECT_FALSE(empty.get().Text("/proc/sys/kernel/osrelease"));
  EXPECT_FALSE(empty.get().Number("/proc/sys/fs/nr_open"));
  EXPECT_TRUE(empty.get().Numbers("/proc/sys/net/ipv4/tcp_mem").empty());
  EXPECT_FALSE(empty.get().kernel());
  EXPECT_FALSE(empty.get().LimitOf("Max open files"));
  EXPECT_FALSE(empty.get().Status("Seccomp"));
  EXPECT_FALSE(empty.get().HasCapability(21));
  EXPECT_EQ(empty.get().cores(), 1u);
}

TEST(Machine, ReadsVersions) {
  MadeUpMachine machine;
  const auto version = [&](const char* release) {
    machine.Write("/proc/sys/kernel/osrelease", release);
    return machine.get().kernel();
  };
  EXPECT_EQ(version("6.18.44-fc-v657\n"), (KernelVersion{6, 18, 44}));
  EXPECT_EQ(version("6.1.0-18-amd64\n"), (KernelVersion{6, 1, 0}));
  EXPECT_EQ(version("6.8-rc3\n"), (KernelVersion{6, 8, 0}));
  EXPECT_EQ(version("6.8\n"), (KernelVersion{6, 8, 0}));
  EXPECT_FALSE(version("linux\n"));
  EXPECT_LT((KernelVersion{6, 9, 9}), (KernelVersion{6, 10, 0}));
}

TEST(Machine, ReadsLimitsStatusAndCores) {
  MadeUpMachine machine;
  machine.WriteLimits("1024                 20000               ",
                      "unlimited            unlimited           ");
  EXPECT_EQ(machine.get().LimitOf("Max open files")->soft, 1024u);
  EXPECT_EQ(machine.get().LimitOf("Max open files")->hard, 20000u);
  EXPECT_EQ(machine.get().LimitOf("Max locked memory")->hard,
            std::numeric_limits<std::uint64_t>::max());
  machine.Write("/proc/self/status",
                "CapEff:\t0000000000004000\nSeccomp:\t2\nSeccomp_filters:\t1\n"
                "Cpus_allowed_list:\t0-3,8,10-11\n");
  EXPECT_EQ(machine.get().Status("Seccomp"), "2");
  EXPECT_EQ(machine.get().cores(), 7u);
  EXPECT_TRUE(machine.get().HasCapability(14));
  EXPECT_FALSE(machine.get().HasCapability(21));
}

TEST(Machine, ThisOneIsReadAsTheServerReadsIt) {
  const Machine here;
  EXPECT_TRUE(here.kernel());
  EXPECT_EQ(here.cores(), AllowedCores().size());
  EXPECT_EQ(here.LimitOf("Max open files")->hard, RaiseFileLimit());
}

}  // namespace
}  // namespace ringcast
