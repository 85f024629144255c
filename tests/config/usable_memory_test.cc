#include "config/usable_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ringcast {
namespace {

class UsableMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "usable_memory_" +
            testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  std::uint64_t Usable() const { return UsableMemory(root_); }

 private:
  std::string root_;
};

TEST_F(UsableMemoryTest, IsTheMachines) {
  Write("/proc/meminfo", "MemFree:  17 kB\nMemTotal:       2000 kB\nHugePages_Total: 0\n");
  EXPECT_EQ(Usable(), 2000u * 1024);
}

TEST_F(UsableMemoryTest, IsTheGroupsWhenThatHasLess) {
  Write("/proc/meminfo", "MemTotal:       2000 kB\n");
  Write("/proc/self/cgroup", "0::/system.slice/ringcast.service\n");
  Write("/sys/fs/cgroup/system.slice/ringcast.service/memory.max", "max\n");
  EXPECT_EQ(Usable(), 2000u * 1024);
  Write("/sys/fs/cgroup/system.slice/memory.max", "1000000\n");
  EXPECT_EQ(Usable(), 1'000'000u) << "also of a group around it";
  Write("/sys/fs/cgroup/system.slice/ringcast.service/memory.max", "500000\n");
  EXPECT_EQ(Usable(), 500'000u);
}

TEST_F(UsableMemoryTest, KnowsTheFirstVersionOfGroups) {
  Write("/proc/meminfo", "MemTotal:       2000 kB\n");
  Write("/proc/self/cgroup", "8:cpu,memory:/docker/abc\n2:memoryless:/\n");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Usable(), 2000u * 1024);
  Write("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "400000\n");
  EXPECT_EQ(Usable(), 400'000u);
}

TEST_F(UsableMemoryTest, SeesAContainersGroupAtTheRoot) {
  Write("/proc/meminfo", "MemTotal:       2000 kB\n");
  Write("/proc/self/cgroup", "0::/../../elsewhere\n");
  Write("/sys/fs/cgroup/memory.max", "300000\n");
  EXPECT_EQ(Usable(), 300'000u);
}

TEST_F(UsableMemoryTest, IsUnknownWhenNothingCanBeRead) { EXPECT_EQ(Usable(), 0u); }

TEST(HistoryMemory, IsAQuarterOfItUnlessTheOptionSays) {
  ServeOptions options;
  EXPECT_EQ(HistoryMemory(options, std::uint64_t{8} << 30), std::uint64_t{2} << 30);
  EXPECT_EQ(HistoryMemory(options, 0), std::uint64_t{64} << 20) << "the least";
  options.history_memory = 12345;
  EXPECT_EQ(HistoryMemory(options, std::uint64_t{8} << 30), 12345u);
  options.history_memory = ServeOptions::kNoMemoryLimit;
  EXPECT_EQ(HistoryMemory(options, std::uint64_t{8} << 30), 0u);
}

TEST(UsableMemory, IsKnownHere) { EXPECT_GT(UsableMemory(), std::uint64_t{1} << 20); }

}  // namespace
}  // namespace ringcast
