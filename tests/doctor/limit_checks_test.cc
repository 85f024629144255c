#include "doctor/limit_checks.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <string>

#include "doctor/made_up_machine.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

ShardPlan PlanFor(std::uint64_t connections, unsigned cores = 2) {
  ServeOptions options;
  options.max_connections = connections;
  return *PlanShards(options, {.file_limit = 1 << 20, .cores = cores, .backlog = 4096});
}

TEST(LimitChecks, ReadTheGroundFromTheMachine) {
  MadeUpMachine machine;
  machine.WriteLimits("1024 20000", "65536 65536");
  machine.Write("/proc/self/status", "Cpus_allowed_list:\t0-7\n");
  machine.Write("/proc/sys/net/core/somaxconn", "128\n");
  const ShardGround ground = GroundOf(machine);
  EXPECT_EQ(ground.file_limit, 20000u) << "serve raises the soft limit to the hard one";
  EXPECT_EQ(ground.cores, 8u);
  EXPECT_EQ(ground.backlog, 128u);
}

TEST(LimitChecks, FileLimitAgainstTheConnections) {
  ServeOptions options;
  options.shards = 2;
  options.max_connections = 100'000;
  ShardGround ground{.file_limit = 2000, .cores = 2, .backlog = 4096};
  const Finding short_of = CheckFileLimit(options, ground, PlanShards(options, ground));
  EXPECT_EQ(short_of.level, FindingLevel::kError);
  EXPECT_EQ(short_of.exit_code, EX_CONFIG);
  EXPECT_NE(short_of.what.find("RLIMIT_NOFILE = 2000"), std::string::npos) << short_of.what;
  EXPECT_NE(short_of.fix.find("LimitNOFILE"), std::string::npos) << short_of.fix;
  ground.file_limit = 1 << 20;
  const Finding enough = CheckFileLimit(options, ground, PlanShards(options, ground));
  EXPECT_EQ(enough.level, FindingLevel::kOk);
  EXPECT_NE(enough.what.find("max-connections = 100000"), std::string::npos) << enough.what;
  options.shards = 0;
  ground.file_limit = 20'000;
  const Finding more_shards = CheckFileLimit(options, ground, PlanShards(options, ground));
  EXPECT_EQ(more_shards.level, FindingLevel::kNote);
  EXPECT_NE(more_shards.what.find("6 shards"), std::string::npos) << more_shards.what;
}

TEST(LimitChecks, FilesPerProcess) {
  MadeUpMachine machine;
  EXPECT_EQ(CheckFilesPerProcess(machine, PlanFor(100'000)).level, FindingLevel::kNote);
  machine.Write("/proc/sys/fs/nr_open", "1048576\n");
  EXPECT_EQ(CheckFilesPerProcess(machine, PlanFor(1'000'000)).level, FindingLevel::kOk);
  machine.Write("/proc/sys/fs/nr_open", "20000\n");
  EXPECT_EQ(CheckFilesPerProcess(machine, PlanFor(100'000)).level, FindingLevel::kNote);
  EXPECT_EQ(CheckFilesPerProcess(machine, PlanFor(100'000)).fix, "sysctl -w fs.nr_open=58192");
}

TEST(LimitChecks, FilesOfTheMachine) {
  MadeUpMachine machine;
  machine.Write("/proc/sys/fs/file-max", "110000\n");
  EXPECT_EQ(CheckFilesOfMachine(machine, PlanFor(100'000)).level, FindingLevel::kOk);
  EXPECT_EQ(CheckFilesOfMachine(machine, PlanFor(100'001)).level, FindingLevel::kWarning);
  EXPECT_EQ(CheckFilesOfMachine(machine, PlanFor(100'001)).fix, "sysctl -w fs.file-max=110001");
  machine.Write("/proc/self/status", "CapEff:\t000001ffffffffff\n");
  EXPECT_EQ(CheckFilesOfMachine(machine, PlanFor(100'001)).level, FindingLevel::kNote);
}

}  // namespace
}  // namespace ringcast
