#include "load/bench_run.h"

#include <memory>
#include <utility>

#include "load/bench_steps.h"
#include "load/scenarios.h"
#include "uring/process.h"

namespace ringcast {
namespace {

Status Run(BenchContext& bench) {
  switch (bench.options.scenario) {
    case Scenario::kHold:
      return RunHold(bench);
    case Scenario::kFanout:
    case Scenario::kSaturate:
      return RunFanout(bench);
    case Scenario::kReplay:
      return RunReplay(bench);
    case Scenario::kChurn:
      return RunChurn(bench);
    case Scenario::kStorm:
      return RunStorm(bench);
    case Scenario::kChannels:
      return RunChannels(bench);
    case Scenario::kSlow:
      return RunSlow(bench);
  }
  return Error{"no such scenario"};
}

}  // namespace

std::variant<BenchReport, BenchFailure> RunScenario(const BenchOptions& options,
                                                    Progress* progress) {
  RaiseFileLimit();
  Progress nobody(nullptr, false);
  const auto report = std::make_unique<BenchReport>();
  report->scenario = options.scenario;
  report->target = options.target;
  report->payload_bytes = options.payload_bytes;
  BenchContext bench{
      .options = options, .progress = progress != nullptr ? *progress : nobody, .report = *report};
  if (Status done = Run(bench); !done) return BenchFailure{bench.exit_code, done.error().message};
  return std::move(*report);
}

}  // namespace ringcast
