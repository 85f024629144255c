// `ringcast bench`: checks the options, runs the scenario and writes the reports.
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <variant>

#include "load/bench_event.h"
#include "load/bench_options.h"
#include "load/bench_report.h"
#include "load/bench_run.h"

namespace ringcast {
namespace {

constexpr int kFaultsFound = 1;

constexpr const char* kClearLine = "\r\x1b[K";  // ECMA-48: erase to the end of the line

void ShowProgress(const std::string& line) {
  std::fprintf(stderr, "%s%s", kClearLine, line.c_str());
}

std::string Misuse(const BenchOptions& options) {
  const bool holds = options.scenario == Scenario::kHold;
  if (options.connections == 0) return "--connections must be at least 1";
  if (options.payload_bytes < kMinPayloadBytes) {
    return "--payload must be at least " + std::to_string(kMinPayloadBytes);
  }
  if (!(options.seconds > 0)) return "--seconds must be more than 0";
  if (holds && options.publish != "none") return "hold publishes nothing: leave out --publish";
  if (options.scenario == Scenario::kFanout && !(options.rate > 0)) {
    return "--rate must be more than 0";
  }
  return {};
}

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
  const auto outcome = RunScenario(options, watched ? ShowProgress : nullptr);
  if (watched) std::fputs(kClearLine, stderr);
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
