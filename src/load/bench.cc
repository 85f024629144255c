// `ringcast bench`: checks the options, runs the scenario and writes the reports.
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <variant>

#include "load/bench_options.h"
#include "load/bench_report.h"
#include "load/bench_run.h"
#include "load/option_rules.h"
#include "load/progress.h"

namespace ringcast {
namespace {

constexpr int kFaultsFound = 1;

bool WriteFile(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  std::ofstream file(path);
  file << text;
  file.close();
  if (file) return true;
  std::fprintf(stderr, "ringcast bench: cannot write %s\n", path.c_str());
  return false;
}

}  // namespace

int RunBench(const BenchOptions& options) {
  const std::string misuse = Misuse(options);
  if (!misuse.empty()) {
    std::fprintf(stderr, "ringcast bench: %s\n", misuse.c_str());
    return EX_USAGE;
  }
  const bool watched = ::isatty(STDERR_FILENO) == 1;
  Progress progress(stderr, watched);
  const auto outcome = RunScenario(options, &progress);
  progress.Clear();
  if (const auto* failure = std::get_if<BenchFailure>(&outcome)) {
    std::fprintf(stderr, "ringcast bench: %s\n", failure->message.c_str());
    return failure->exit_code;
  }
  const BenchReport& report = *std::get_if<BenchReport>(&outcome);
  std::fputs(Table(report, options.allow_gaps).c_str(), stdout);
  std::fflush(stdout);
  const bool written = WriteFile(options.hgrm_file, Hgrm(report.latency_ns)) &&
                       WriteFile(options.json_file, Json(report, options.allow_gaps));
  if (!report.ok(options.allow_gaps)) return kFaultsFound;
  return written ? EX_OK : EX_IOERR;
}

}  // namespace ringcast
