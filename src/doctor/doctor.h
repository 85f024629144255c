// `ringcast doctor`: holds the machine against the configuration and says what to change.
//
// Threads: the main thread, before any other.
#pragma once

#include <vector>

#include "config/options_loader.h"
#include "doctor/finding.h"
#include "doctor/listener_checks.h"
#include "doctor/machine.h"
#include "uring/ring_trial.h"

namespace ringcast {

struct DoctorOptions {
  LoadedOptions loaded;  // with its mistakes, which become findings
  HandedListeners handed;
  bool json = false;
};

// All checks, in the order in which a start meets what they look at. With mistakes in the
// configuration only those run that do not need it.
std::vector<Finding> Examine(const Machine& machine, const RingTrial& trial,
                             const LoadedOptions& loaded, const HandedListeners& handed = {});

// Examines this machine, prints the report to standard output and returns the exit code: 0 fine, 1
// warnings, else what `serve` would end with.
int RunDoctor(const DoctorOptions& options);

}  // namespace ringcast
