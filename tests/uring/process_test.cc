#include "uring/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "uring/clock.h"
#include "uring/file_descriptor.h"

namespace ringcast {
namespace {

// On a thread of its own, so that masks, names and cores are gone with it.
template <class Work>
void OnAThread(Work work) {
  std::thread(work).join();
}

TEST(Process, RaisesTheFileLimitAsFarAsItGoes) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{std::min<rlim_t>(before.rlim_cur, 256), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(RaiseFileLimit(), before.rlim_max);
  rlimit now{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Process, AllowedCoresAreThoseOfTheMask) {
  OnAThread([] {
    const std::vector<unsigned> all = AllowedCores();
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(std::set<unsigned>(all.begin(), all.end()).size(), all.size());
    ASSERT_TRUE(PinThread(all.back()));
    EXPECT_EQ(AllowedCores(), std::vector<unsigned>{all.back()});
    EXPECT_EQ(::sched_getcpu(), static_cast<int>(all.back()));
  });
}

TEST(Process, PinningToACoreThatIsNotThereIsRefused) {
  OnAThread([] { EXPECT_FALSE(PinThread(CPU_SETSIZE - 1)); });
}

TEST(Process, NamesAreCutToWhatTheKernelShows) {
  OnAThread([] {
    NameThread("shard-0123456789abcdef");
    std::array<char, 32> name{};
    ASSERT_EQ(::pthread_getname_np(::pthread_self(), name.data(), name.size()), 0);
    EXPECT_EQ(std::string(name.data()), "shard-012345678");
  });
}

TEST(Process, RandomBitsDiffer) {
  std::set<std::uint64_t> seen;
  std::uint64_t ever_set = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t bits = RandomBits();
    seen.insert(bits);
    ever_set |= bits;
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(ever_set, ~std::uint64_t{0});
}

TEST(Process, WaitsForASignalThatIsBlocked) {
  OnAThread([] {
    BlockSignals();
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) {
      ASSERT_EQ(::pthread_kill(::pthread_self(), signal), 0);
      EXPECT_EQ(WaitForSignal(std::chrono::seconds(10)), signal);
    }
  });
}

TEST(Process, WaitingForASignalEndsWhenTheTimeIsOver) {
  OnAThread([] {
    BlockSignals();
    const MonoTime before = MonotonicNow();
    EXPECT_FALSE(WaitForSignal(Millis(20)).has_value());
    EXPECT_GE(MonotonicNow() - before, Millis(20));
  });
}

TEST(Process, AThreadStartedLaterBlocksThemToo) {
  OnAThread([] {
    BlockSignals();
    OnAThread([] {
      sigset_t mask;
      ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &mask), 0);
      EXPECT_EQ(sigismember(&mask, SIGTERM), 1);
      EXPECT_EQ(sigismember(&mask, SIGSEGV), 0);
    });
  });
}

TEST(Clock, MonotonicTimeDoesNotGoBackAndSleepingTakesItsTime) {
  MonoTime before = MonotonicNow();
  for (int i = 0; i < 1000; ++i) {
    const MonoTime now = MonotonicNow();
    ASSERT_GE(now, before);
    before = now;
  }
  const MonoTime until = MonotonicNow() + Millis(10);
  SleepUntil(until);
  EXPECT_GE(MonotonicNow(), until);
}

TEST(Clock, WallTimeIsInMillisecondsSinceTheEpoch) {
  EXPECT_GT(WallClockNow(), 1'600'000'000'000u);
  EXPECT_LT(WallClockNow(), 100'000'000'000'000u);
}

TEST(UniqueFd, ClosesWhatItOwnsOnce) {
  const int number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    UniqueFd first(number);
    UniqueFd second(std::move(first));
    EXPECT_FALSE(first.valid());  // NOLINT: the moved-from state is what is tested
    EXPECT_EQ(second.get(), number);
    EXPECT_NE(::fcntl(number, F_GETFD), -1);
    UniqueFd third;
    third = std::move(second);
    EXPECT_EQ(third.get(), number);
  }
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(UniqueFd, GivesItUpWhenAsked) {
  UniqueFd owner(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = owner.Release();
  EXPECT_FALSE(owner.valid());
  EXPECT_NE(::fcntl(number, F_GETFD), -1);
  ::close(number);
}

}  // namespace
}  // namespace ringcast
