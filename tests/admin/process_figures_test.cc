#include "admin/process_figures.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "uring/process.h"

namespace ringcast {
namespace {

TEST(ProcessFigures, TellOfThisProcess) {
  const ProcessFigures before = ReadProcess();
  EXPECT_GT(before.resident_bytes, 0u);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  EXPECT_EQ(before.max_files, static_cast<std::uint64_t>(::sysconf(_SC_OPEN_MAX)));
  const int opened = ::dup(0);
  ASSERT_GE(opened, 0);
  EXPECT_EQ(ReadProcess().open_files, before.open_files + 1);
  ::close(opened);
}

TEST(ProcessFigures, EachThreadHasItsTimeUnderItsName) {
  std::thread worker([] {
    NameThread("odd (name) 1");
    const auto time = [] {
      const ThreadTimes times = ReadThreadTimes();
      const auto own = std::find_if(times.begin(), times.end(),
                                    [](const auto& one) { return one.first == "odd (name) 1"; });
      return own == times.end() ? -1.0 : own->second;
    };
    const double before = time();
    ASSERT_GE(before, 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (time() < before + 0.05 && std::chrono::steady_clock::now() < deadline) {
    }
    EXPECT_GE(time(), before + 0.05);
    const double own = time();
    // The kernel rounds the user and the system time of each down to a clock tick.
    const double rounding = 2.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    EXPECT_GE(ReadProcess().cpu_seconds, own - rounding);
  });
  worker.join();
}

}  // namespace
}  // namespace ringcast
