#include "simulation/seed_pool.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "base/check.h"

namespace ringcast::simulation {
namespace {

constexpr unsigned kMostJobs = 256;
constexpr std::size_t kMostText = 2000;
// A run takes a fraction of a second. One that takes this long, also under a sanitizer on a busy
// machine, does not end.
constexpr std::chrono::minutes kLongestRun{5};

struct Worker {
  std::atomic<std::uint64_t> seed{0};  // that it runs
  std::atomic<bool> failed{false};
  char what[kMostText] = {};  // before `failed`
};

// Shared memory of the pool and its workers. All counters relaxed: they are read for people, and
// for good once the workers have ended.
struct Shared {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> seeds{0};
  std::atomic<std::uint64_t> steps{0};
  std::atomic<std::uint64_t> published{0};
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> overflows{0};
  std::array<std::atomic<std::uint64_t>, kFaults> faults{};
  std::array<Worker, kMostJobs> workers;
};

void Add(Shared& shared, const RunResult& result) {
  shared.steps += result.steps;
  shared.published += result.published;
  shared.acknowledged += result.acknowledged;
  shared.received += result.received;
  shared.overflows += result.overflows;
  for (std::size_t i = 0; i < kFaults; ++i) shared.faults[i] += result.faults[i];
  ++shared.seeds;
}

Totals Sum(const Shared& shared) {
  Totals totals;
  totals.seeds = shared.seeds;
  totals.steps = shared.steps;
  totals.published = shared.published;
  totals.acknowledged = shared.acknowledged;
  totals.received = shared.received;
  totals.overflows = shared.overflows;
  for (std::size_t i = 0; i < kFaults; ++i) totals.faults[i] = shared.faults[i];
  return totals;
}

[[noreturn]] void Work(Shared& shared, Worker& worker, std::uint64_t end) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody is left behind when the pool is interrupted
  for (std::uint64_t seed = shared.next++; seed < end && !shared.stop; seed = shared.next++) {
    worker.seed = seed;
    Simulation simulation(seed);
    const RunResult result = simulation.Run();
    if (!result.ok()) {
      std::strncpy(worker.what, result.violation.c_str(), kMostText - 1);
      worker.failed = true;
      ::_exit(1);  // a server in a wrong state is not taken apart
    }
    Add(shared, result);
  }
  ::_exit(0);
}

}  // namespace

PoolResult RunSeeds(std::uint64_t first, std::uint64_t seeds, unsigned jobs,
                    const std::function<void(const Totals&)>& progress) {
  using Clock = std::chrono::steady_clock;
  jobs = std::clamp(jobs, 1u, kMostJobs);
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  RC_CHECK(memory != MAP_FAILED, "there is memory for the counters");
  Shared& shared = *new (memory) Shared;
  shared.next = first;

  struct Child {
    pid_t process = 0;
    Worker* worker = nullptr;
    std::uint64_t seed = 0;
    Clock::time_point since;
  };
  std::vector<Child> children;
  for (unsigned i = 0; i < jobs; ++i) {
    const pid_t process = ::fork();
    RC_CHECK(process >= 0, "a process can be started");
    if (process == 0) Work(shared, shared.workers[i], first + seeds);
    children.push_back({process, &shared.workers[i], 0, Clock::now()});
  }

  PoolResult result;
  auto fail = [&](std::uint64_t seed, const std::string& what) {
    shared.stop = true;
    if (!result.failure || seed < result.failure->seed) result.failure = Failure{seed, what};
  };
  while (!children.empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::erase_if(children, [&](Child& child) {
      if (child.worker->seed != child.seed) {
        child.seed = child.worker->seed;
        child.since = Clock::now();
      }
      int status = 0;
      if (::waitpid(child.process, &status, WNOHANG) == 0) {
        if (Clock::now() - child.since < kLongestRun) return false;
        ::kill(child.process, SIGKILL);
        ::waitpid(child.process, &status, 0);
        fail(child.worker->seed, "the run does not end");
        return true;
      }
      if (child.worker->failed) {
        fail(child.worker->seed, child.worker->what);
      } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail(child.worker->seed, "the server ended the process; see above for what it checked");
      }
      return true;
    });
    progress(Sum(shared));
  }
  result.totals = Sum(shared);
  ::munmap(memory, sizeof(Shared));
  return result;
}

}  // namespace ringcast::simulation
