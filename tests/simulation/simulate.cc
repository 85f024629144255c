// simulate: runs seeds of the simulation, or one of them to be looked at. tools/simulate builds and
// starts it.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "simulation/seed_pool.h"
#include "simulation/simulation.h"

namespace ringcast::simulation {
namespace {

constexpr const char* kUsage =
    "usage: simulate [--seeds N] [--first S] [--jobs N]   many seeds\n"
    "       simulate --seed X [--verbose]                 one, followed step by step\n";

struct Arguments {
  std::uint64_t seeds = 1000;
  std::uint64_t first = 1;
  std::uint64_t jobs = 0;
  std::optional<std::uint64_t> seed;
  bool verbose = false;
};

bool ReadNumber(const char* text, std::uint64_t& number) {
  if (text == nullptr) return false;
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end && end != text;
}

bool Read(int count, char** texts, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view name = texts[i];
    if (name == "--verbose") {
      arguments.verbose = true;
      continue;
    }
    std::uint64_t number = 0;
    if (!ReadNumber(i + 1 < count ? texts[++i] : nullptr, number)) return false;
    if (name == "--seeds") {
      arguments.seeds = number;
    } else if (name == "--first") {
      arguments.first = number;
    } else if (name == "--jobs") {
      arguments.jobs = number;
    } else if (name == "--seed") {
      arguments.seed = number;
    } else {
      return false;
    }
  }
  return true;
}

void PrintFaults(const std::array<std::uint64_t, kFaults>& faults) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    std::printf("  %-20s %12llu\n", std::string(Name(static_cast<Fault>(i))).c_str(),
                static_cast<unsigned long long>(faults[i]));
  }
}

int RunOne(std::uint64_t seed, bool verbose) {
  Simulation simulation(seed);
  simulation.set_verbose(verbose);
  const RunResult result = simulation.Run();
  std::printf("seed %llu: %s\n%s\n", static_cast<unsigned long long>(seed),
              result.ok() ? "passed" : result.violation.c_str(), result.scenario.c_str());
  std::printf("%llu steps, %llu events published, %llu acknowledged, %llu received and checked\n",
              static_cast<unsigned long long>(result.steps),
              static_cast<unsigned long long>(result.published),
              static_cast<unsigned long long>(result.acknowledged),
              static_cast<unsigned long long>(result.received));
  PrintFaults(result.faults);
  std::fflush(stdout);
  if (!result.ok()) std::_Exit(1);  // a server in a wrong state is not taken apart
  return 0;
}

int RunMany(const Arguments& arguments) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - started).count(); };
  auto told = started;
  const unsigned jobs = arguments.jobs > 0 ? static_cast<unsigned>(arguments.jobs)
                                           : std::max(1u, std::thread::hardware_concurrency());
  const PoolResult result =
      RunSeeds(arguments.first, arguments.seeds, jobs, [&](const Totals& totals) {
        if (Clock::now() - told < std::chrono::seconds(5)) return;
        told = Clock::now();
        std::fprintf(stderr, "%.0f s: %llu of %llu seeds, %llu events checked\n", seconds(),
                     static_cast<unsigned long long>(totals.seeds),
                     static_cast<unsigned long long>(arguments.seeds),
                     static_cast<unsigned long long>(totals.received));
      });
  const Totals& totals = result.totals;
  std::printf(
      "%llu seeds in %.1f s: %llu steps, %llu events published, %llu acknowledged, "
      "%llu received and checked\n",
      static_cast<unsigned long long>(totals.seeds), seconds(),
      static_cast<unsigned long long>(totals.steps),
      static_cast<unsigned long long>(totals.published),
      static_cast<unsigned long long>(totals.acknowledged),
      static_cast<unsigned long long>(totals.received));
  std::printf("faults that struck (and %llu times a completion queue overflowed):\n",
              static_cast<unsigned long long>(totals.overflows));
  PrintFaults(totals.faults);
  if (!result.failure) return 0;
  std::printf("seed %llu FAILED: %s\nreplay it with: tools/simulate --seed %llu --verbose\n",
              static_cast<unsigned long long>(result.failure->seed), result.failure->what.c_str(),
              static_cast<unsigned long long>(result.failure->seed));
  return 1;
}

}  // namespace
}  // namespace ringcast::simulation

int main(int count, char** texts) {
  ringcast::simulation::Arguments arguments;
  if (!ringcast::simulation::Read(count, texts, arguments)) {
    std::fputs(ringcast::simulation::kUsage, stderr);
    return 64;
  }
  if (arguments.seed) return ringcast::simulation::RunOne(*arguments.seed, arguments.verbose);
  return ringcast::simulation::RunMany(arguments);
}
