#include "uring/process.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include "base/check.h"

namespace ringcast {
namespace {

sigset_t HandledSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

std::uint64_t RaiseFileLimit() {
  rlimit limit{};
  RC_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE can always be read");
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

std::vector<unsigned> AllowedCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> cores;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (unsigned core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &set)) cores.push_back(core);
    }
  }
  if (cores.empty()) cores.push_back(0);
  return cores;
}

void NameThread(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
}

bool PinThread(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set) == 0;
}

std::uint64_t RandomBits() {
  std::uint64_t bits = 0;
  RC_CHECK(::getrandom(&bits, sizeof bits, 0) == sizeof bits, "getrandom gives 8 bytes at once");
  return bits;
}

void TrimHeap() { ::malloc_trim(0); }

void BlockSignals() {
  const sigset_t set = HandledSignals();
  RC_CHECK(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "signals can be blocked");
  ::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> WaitForSignal(Nanos at_most) {
  const sigset_t set = HandledSignals();
  const timespec limit{at_most.count() / 1'000'000'000, at_most.count() % 1'000'000'000};
  const int got = ::sigtimedwait(&set, nullptr, &limit);
  if (got < 0) return std::nullopt;
  return got;
}

}  // namespace ringcast
