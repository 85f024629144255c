#include "doctor/kernel_checks.h"

#include <sysexits.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace ringcast {
namespace {

constexpr KernelVersion kOldestKernel{6, 1, 0};
// Linux 6.13 counts the users of each registered file on its own; before, a slot's file went only
// after all that had been removed before it. https://github.com/axboe/liburing/issues/1192
constexpr KernelVersion kSlotsFreedAlone{6, 13, 0};
// https://github.com/axboe/liburing/issues/1062: seen in 6.6.1 to 6.8-rc3, not in 6.2. Stable
// kernels got the mending later on, so the minor version tells only that it may be there.
constexpr KernelVersion kAcceptLosesFrom{6, 6, 0};
constexpr KernelVersion kAcceptLosesBefore{6, 8, 0};

constexpr std::array<std::string_view, 8> kFastClocks = {
    "tsc", "kvm-clock",        "hyperv_clocksource_tsc_page", "arch_sys_counter", "xen", "timebase",
    "tod", "riscv_clocksource"};

bool AllWorks(const RingTrial& trial) {
  return trial.setup_error == 0 &&
         std::all_of(trial.steps.begin(), trial.steps.end(),
                     [](const RingTrial::Step& step) { return step.problem.empty(); });
}

}  // namespace

Finding CheckKernel(const Machine& machine, const RingTrial& trial) {
  constexpr std::string_view kCheck = "kernel";
  const std::string release = machine.kernel_release().value_or("of an unknown version");
  const std::optional<KernelVersion> version = machine.kernel();
  if (!version) {
    return Finding::Note(kCheck, "Linux " + release, "The version cannot be read; 6.1 is needed.");
  }
  if (*version >= kOldestKernel) {
    return Finding::Ok(kCheck, "Linux " + release + "; 6.1 or later is needed");
  }
  if (AllWorks(trial)) {
    return Finding::Note(
        kCheck, "Linux " + release + " is older than 6.1, but all of io_uring that is used works",
        "The distribution has brought it into an older kernel; nobody has run Ringcast on it.");
  }
  return Finding::Error(kCheck, EX_OSERR, "Linux " + release + " is too old; 6.1 is needed",
                        "The event loops rest on SINGLE_ISSUER with DEFER_TASKRUN, which came with "
                        "Linux 6.0 and 6.1.",
                        "use Linux 6.1 or later");
}

std::vector<Finding> CheckKernelFaults(const Machine& machine, Millis max_lifetime) {
  constexpr std::string_view kCheck = "kernel-faults";
  const std::optional<KernelVersion> version = machine.kernel();
  std::vector<Finding> found;
  if (!version) return found;
  if (*version < kSlotsFreedAlone) {
    const std::string what =
        "before Linux 6.13 a closed connection's memory is kept until those that were opened "
        "before it have moved";
    std::string why =
        "One idle stream holds back the memory of all connections that end after it "
        "(liburing issue 1192): with much coming and going, memory grows.";
    if (max_lifetime.count() > 0) {
      why += " max-lifetime bounds for how long.";
      found.push_back(Finding::Note(kCheck, what, std::move(why)));
    } else {
      found.push_back(Finding::Warning(kCheck, what, std::move(why),
                                       "use Linux 6.13 or later, or end streams now and then with "
                                       "`max-lifetime = \"1h\"`"));
    }
  }
  if (*version >= kAcceptLosesFrom && *version < kAcceptLosesBefore) {
    found.push_back(Finding::Note(
        kCheck, "Linux 6.6 and 6.7 may lose a connection while very many come at once",
        "When the completion queue is full, a multishot accept could report a wrong descriptor "
        "(liburing issue 1062); the newest kernels of these series have it mended.",
        "use Linux 6.8 or later, or the newest of the series"));
  }
  if (found.empty()) {
    found.push_back(Finding::Ok(kCheck, "no fault of io_uring in this version is known to matter"));
  }
  return found;
}

Finding CheckContainer(const Machine& machine) {
  constexpr std::string_view kCheck = "container";
  std::string runtime = machine.Text("/run/systemd/container").value_or(std::string());
  if (runtime.empty() && machine.Has("/run/.containerenv")) runtime = "podman";
  if (runtime.empty() && machine.Has("/.dockerenv")) runtime = "docker";
  if (runtime.empty()) {
    const std::string groups = machine.Text("/proc/1/cgroup").value_or(std::string());
    for (const char* name : {"kubepods", "docker", "containerd", "lxc"}) {
      if (groups.find(name) != std::string::npos) {
        runtime = name;
        break;
      }
    }
  }
  if (runtime.empty()) return Finding::Ok(kCheck, "not in a container");
  return Finding::Note(kCheck, "in a container (" + runtime + ")",
                       "Its runtime decides about seccomp, limits and memory; most settings of "
                       "sysctl can be changed on the host only.");
}

Finding CheckClock(const Machine& machine) {
  constexpr std::string_view kCheck = "clock";
  const std::string directory = "/sys/devices/system/clocksource/clocksource0/";
  const std::optional<std::string> source = machine.Text(directory + "current_clocksource");
  if (!source) return Finding::Note(kCheck, "the clock source cannot be read", {});
  if (std::find(kFastClocks.begin(), kFastClocks.end(), *source) != kFastClocks.end()) {
    return Finding::Ok(kCheck, "clock source " + *source);
  }
  const std::string others =
      machine.Text(directory + "available_clocksource").value_or(std::string());
  return Finding::Warning(
      kCheck, "clock source " + *source + (others.empty() ? "" : "; there are " + others),
      "Each look at the clock is a system call or a slow device access, several of them a tick.",
      others.find("tsc") != std::string::npos
          ? "echo tsc > " + directory + "current_clocksource"
          : "find out why the kernel has no better one: `dmesg | grep -i clocksource`");
}

}  // namespace ringcast
