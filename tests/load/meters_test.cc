#include "load/meters.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

#include "support/sanitized.h"

namespace ringcast {
namespace {

TEST(Meters, ReadThisProcess) {
  const std::vector<pid_t> self = {::getpid()};
  const Result<CpuTime> before = ReadCpuTime(self);
  ASSERT_TRUE(before) << before.error().message;
  volatile std::uint64_t sink = 0;
  Result<CpuTime> after = before.value();
  // Ticks of 10 ms: computes until the meter has noticed, for a minute at most.
  for (std::uint64_t i = 0; i < 60'000 && after->total() <= before->total(); ++i) {
    for (int j = 0; j < 100'000; ++j) sink = sink + static_cast<std::uint64_t>(j);
    after = ReadCpuTime(self);
  }
  EXPECT_GT(after->total(), before->total());
}

TEST(Meters, MemoryGrowsWithWhatIsTouched) {
  const std::vector<pid_t> self = {::getpid()};
  const Result<std::uint64_t> before = ReadUserMemory(self);
  ASSERT_TRUE(before) << before.error().message;
  constexpr std::size_t kSize = 64 << 20;
  std::vector<char> memory(kSize, 'x');
  const Result<std::uint64_t> after = ReadUserMemory(self);
  ASSERT_TRUE(after);
  EXPECT_EQ(memory[kSize / 2], 'x');
  EXPECT_GT(*after, *before + kSize * 9 / 10);
  // A sanitizer keeps a shadow of what is touched.
  constexpr std::size_t kWithShadow = test::kSanitized ? 6 : 1;
  EXPECT_LT(*after, *before + kWithShadow * kSize * 11 / 10);
}

TEST(Meters, SumOverProcesses) {
  const Result<std::uint64_t> once = ReadUserMemory(std::vector<pid_t>{::getpid()});
  const Result<std::uint64_t> twice = ReadUserMemory(std::vector<pid_t>{::getpid(), ::getpid()});
  ASSERT_TRUE(once && twice);
  EXPECT_GT(*twice, *once * 3 / 2);
  EXPECT_EQ(ReadUserMemory({}).value(), 0u);
}

TEST(Meters, TellThatAProcessIsNotThere) {
  const std::vector<pid_t> nobody = {0x3FFFFFFF};
  EXPECT_FALSE(ReadCpuTime(nobody));
  EXPECT_FALSE(ReadUserMemory(nobody));
}

TEST(Meters, TheKernelHasMemoryOfItsOwn) {
  const KernelMemory memory = ReadKernelMemory();
  EXPECT_GT(memory.slab, std::uint64_t{1} << 20);
  EXPECT_GT(memory.other, 0u);
  EXPECT_EQ(memory.total(), memory.slab + memory.other + memory.buffers);
}

}  // namespace
}  // namespace ringcast
