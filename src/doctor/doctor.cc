#include "doctor/doctor.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "config/shard_plan.h"
#include "doctor/account_checks.h"
#include "doctor/io_uring_checks.h"
#include "doctor/kernel_checks.h"
#include "doctor/key_checks.h"
#include "doctor/limit_checks.h"
#include "doctor/memory_checks.h"
#include "doctor/network_checks.h"
#include "doctor/report.h"

namespace ringcast {
namespace {

class Examination {
 public:
  Examination(const Machine& machine, const RingTrial& trial, const LoadedOptions& loaded,
              const HandedListeners& handed)
      : machine_(machine),
        trial_(trial),
        loaded_(loaded),
        handed_(handed),
        options_(loaded.options),
        ground_(GroundOf(machine)),
        plan_(PlanShards(options_, ground_)) {}

  std::vector<Finding> Run() {
    Configuration();
    if (!handed_.error.empty()) Add(ExplainHandover(handed_.error));
    Kernel();
    if (!loaded_.ok()) {
      Add(Finding::Note("limits", "limits, memory, network and addresses are not checked",
                        "They are held against the configuration, which has mistakes."));
      return std::move(findings_);
    }
    Capacity();
    Add(CheckBacklog(machine_));
    Add(CheckMigration(machine_, options_));
    Listeners();
    Add(CheckAccounts(options_));
    Add(CheckTokenKeys(options_));
    return std::move(findings_);
  }

 private:
  void Add(Finding finding) { findings_.push_back(std::move(finding)); }
  void Add(std::vector<Finding> findings) {
    findings_.insert(findings_.end(), std::make_move_iterator(findings.begin()),
                     std::make_move_iterator(findings.end()));
  }

  void Configuration() {
    constexpr std::string_view kCheck = "configuration";
    for (const OptionError& error : loaded_.errors) {
      Add(Finding::Error(kCheck, loaded_.ExitCode(), error.message,
                         "A wrong option stops the start.",
                         "mend it there; `ringcast serve --help` tells what each option takes"));
    }
    if (!loaded_.ok()) return;
    const std::string& file = options_.sources.config_file;
    Add(Finding::Ok(kCheck,
                    (file.empty() ? "no configuration file" : file) + ": the options are valid"));
  }

  void Kernel() {
    Add(CheckKernel(machine_, trial_));
    if (loaded_.ok() && plan_) Add(CheckLockedMemory(machine_, plan_->shards + kFurtherRings));
    Add(CheckRingSetup(machine_, trial_));
    Add(CheckRingFeatures(trial_));
    Add(CheckKernelFaults(machine_, loaded_.ok() ? options_.max_lifetime : Millis{0}));
    Add(CheckContainer(machine_));
    Add(CheckClock(machine_));
  }

  void Capacity() {
    Add(CheckFileLimit(options_, ground_, plan_));
    if (!plan_) return;
    Add(CheckFilesPerProcess(machine_, *plan_));
    Add(CheckFilesOfMachine(machine_, *plan_));
    Add(CheckMemory(machine_, options_, *plan_));
    Add(CheckTcpMemory(machine_, *plan_));
    Add(CheckConntrack(machine_, *plan_));
    Add(CheckLocalPorts(machine_, options_, *plan_));
  }

  void Listeners() {
    for (const std::string& address : handed_.http) Add(HandedOver(kPublicListener, address));
    if (handed_.http.empty()) {
      for (const ListenAddress& address : options_.listen) {
        Add(CheckListener(machine_, kPublicListener, address));
      }
    }
    if (handed_.publish) {
      Add(HandedOver(kPublishListener, *handed_.publish));
    } else {
      Add(CheckPublishSocket(machine_, options_.publish_socket, ::geteuid()));
    }
    Add(handed_.admin ? HandedOver(kAdminListener, *handed_.admin)
                      : CheckListener(machine_, kAdminListener, options_.admin));
  }

  const Machine& machine_;
  const RingTrial& trial_;
  const LoadedOptions& loaded_;
  const HandedListeners& handed_;
  const ServeOptions& options_;
  const ShardGround ground_;
  const Result<ShardPlan> plan_;  // only of options without mistakes it means anything
  std::vector<Finding> findings_;
};

// https://no-color.org
bool WantsColour() {
  const char* refused = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

}  // namespace

std::vector<Finding> Examine(const Machine& machine, const RingTrial& trial,
                             const LoadedOptions& loaded, const HandedListeners& handed) {
  return Examination(machine, trial, loaded, handed).Run();
}

int RunDoctor(const DoctorOptions& options) {
  const std::vector<Finding> findings =
      Examine(Machine(), TryRing(), options.loaded, options.handed);
  const std::string report =
      options.json ? ReportJson(findings) : ReportText(findings, WantsColour());
  std::fwrite(report.data(), 1, report.size(), stdout);
  return ExitCode(findings);
}

}  // namespace ringcast
