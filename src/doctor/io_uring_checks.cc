#include "doctor/io_uring_checks.h"

#include <sysexits.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

namespace ringcast {
namespace {

constexpr std::string_view kSetup = "io_uring";

// Of RingOptions: 1024 submission entries of 64 bytes, 8192 completion entries of 16, indices and
// the pages of provided buffers' entries.
constexpr std::uint64_t kRingBytes = 1024 * 64 + 8192 * 16 + 3 * 4096;
constexpr unsigned kCapIpcLock = 14;  // capabilities(7)
// Since then the queues of a ring count as locked memory of their user.
constexpr KernelVersion kRingsAreLocked{6, 14, 0};

// How a refusal is told apart (io_uring_setup(2), EPERM): by the sysctl, else by a filter.
Finding Forbidden(const Machine& machine) {
  const std::int64_t disabled = machine.Number("/proc/sys/kernel/io_uring_disabled").value_or(0);
  if (disabled >= 2) {
    return Finding::Error(kSetup, EX_OSERR,
                          "io_uring is forbidden: kernel.io_uring_disabled = 2, 0 is needed",
                          "With 2 no process may set up a ring, root neither.",
                          "run `sysctl -w kernel.io_uring_disabled=0`, and write it to a file in "
                          "/etc/sysctl.d to keep it");
  }
  if (disabled == 1) {
    const std::int64_t group = machine.Number("/proc/sys/kernel/io_uring_group").value_or(-1);
    return Finding::Error(
        kSetup, EX_OSERR,
        "io_uring is forbidden to this user: kernel.io_uring_disabled = 1, io_uring_group = " +
            std::to_string(group),
        "With 1 only members of that group, and who has CAP_SYS_ADMIN, may set up a ring.",
        "run `sysctl -w kernel.io_uring_group=$(getent group ringcast | cut -d: -f3)`, or `sysctl "
        "-w kernel.io_uring_disabled=0`");
  }
  if (machine.Status("Seccomp").value_or("0") != "0") {
    return Finding::Error(
        kSetup, EX_OSERR, "io_uring is forbidden by a seccomp filter of this process",
        "Docker's default profile refuses io_uring_setup, io_uring_enter and io_uring_register.",
        "allow the three in the profile that `docker run --security-opt seccomp=FILE` names "
        "(SystemCallFilter=@io-event in a systemd unit)");
  }
  return Finding::Error(kSetup, EX_OSERR,
                        "io_uring is forbidden, and not by kernel.io_uring_disabled nor seccomp",
                        "A security module such as SELinux may have refused it.",
                        "look for what refused it with `dmesg | grep -i -e denied -e io_uring`");
}

}  // namespace

Finding CheckRingSetup(const Machine& machine, const RingTrial& trial) {
  switch (trial.setup_error) {
    case 0:
      break;
    case EPERM:
    case EACCES:
      return Forbidden(machine);
    case ENOSYS:
      return Finding::Error(kSetup, EX_OSERR,
                            machine.Status("Seccomp").value_or("0") != "0"
                                ? "io_uring is not there, or hidden by a seccomp filter"
                                : "this kernel has no io_uring",
                            "It was left out when the kernel was built (CONFIG_IO_URING), or the "
                            "sandbox that this runs in (gVisor is one) has none.",
                            "use Linux 6.1 or later with CONFIG_IO_URING=y");
    case ENOMEM:
      return Finding::Error(kSetup, EX_OSERR, "no memory for an io_uring",
                            "Its queues are locked memory and count for the control group.",
                            "raise the limits: LimitMEMLOCK= and MemoryMax= in the systemd unit");
    case EMFILE:
    case ENFILE:
      return Finding::Error(kSetup, EX_OSERR, "no descriptor left for an io_uring",
                            "Each ring takes one.", "raise LimitNOFILE= in the systemd unit");
    default:
      return Finding::Error(
          kSetup, EX_OSERR,
          std::string("io_uring cannot be set up: ") + std::strerror(trial.setup_error),
          "Nothing works without it.", "use Linux 6.1 or later");
  }
  const std::int64_t disabled = machine.Number("/proc/sys/kernel/io_uring_disabled").value_or(0);
  if (disabled == 1) {
    return Finding::Note(kSetup, "io_uring can be set up by this user",
                         "kernel.io_uring_disabled = 1: another user, such as the daemon's, needs "
                         "kernel.io_uring_group. Run doctor as that user.");
  }
  return Finding::Ok(kSetup, "io_uring can be set up" +
                                 std::string(machine.Status("Seccomp").value_or("0") == "2"
                                                 ? "; the seccomp filter of this process allows it"
                                                 : ""));
}

Finding CheckRingFeatures(const RingTrial& trial) {
  constexpr std::string_view kCheck = "io_uring-features";
  if (trial.setup_error != 0) {
    return Finding::Note(kCheck, "not tried, since io_uring cannot be set up", {});
  }
  std::string missing;
  for (const RingTrial::Step& step : trial.steps) {
    if (step.problem.empty()) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(step.feature) + " (" + step.problem +
               "; in Linux since " + std::string(step.since) + ")";
  }
  if (missing.empty()) {
    return Finding::Ok(kCheck, "all " + std::to_string(trial.steps.size()) +
                                   " features in use were tried and work");
  }
  return Finding::Error(kCheck, EX_OSERR, "io_uring does not do what is needed: " + missing,
                        "Each of them is used on the way of every connection.",
                        "use Linux 6.1 or later; let a seccomp filter pass io_uring_enter and "
                        "io_uring_register too; raise LimitMEMLOCK= where memory is refused");
}

Finding CheckLockedMemory(const Machine& machine, unsigned rings) {
  constexpr std::string_view kCheck = "memlock";
  const std::optional<Machine::Limit> limit = machine.LimitOf("Max locked memory");
  const std::uint64_t needed = rings * kRingBytes;
  const std::string sum = std::to_string(rings) + " rings of " + std::to_string(kRingBytes / 1024) +
                          " KiB need " + std::to_string(needed / 1024) + " KiB";
  if (machine.HasCapability(kCapIpcLock)) {
    return Finding::Ok(kCheck, sum + "; RLIMIT_MEMLOCK does not bind this process (CAP_IPC_LOCK)");
  }
  if (const auto version = machine.kernel(); version && *version < kRingsAreLocked) {
    return Finding::Ok(kCheck, sum + "; RLIMIT_MEMLOCK does not bind rings before Linux 6.14");
  }
  if (!limit) return Finding::Note(kCheck, "RLIMIT_MEMLOCK cannot be read; " + sum, {});
  if (limit->soft == std::numeric_limits<std::uint64_t>::max()) {
    return Finding::Ok(kCheck, sum + "; RLIMIT_MEMLOCK is unlimited");
  }
  const std::string seen =
      "RLIMIT_MEMLOCK = " + std::to_string(limit->soft / 1024) + " KiB; " + sum;
  if (limit->soft >= needed) return Finding::Ok(kCheck, seen);
  return Finding::Error(
      kCheck, EX_OSERR, seen,
      "Since Linux 6.14 the queues of a ring are locked memory of their user, all "
      "processes of whom share the limit.",
      "LimitMEMLOCK=infinity in the systemd unit, `prlimit --memlock=unlimited "
      "ringcast serve ...`, or fewer shards");
}

Finding ExplainRing(const Machine& machine, const RingTrial& trial, unsigned rings,
                    const std::string& error) {
  for (Finding finding : {CheckLockedMemory(machine, rings), CheckRingSetup(machine, trial),
                          CheckRingFeatures(trial)}) {
    if (finding.level == FindingLevel::kError) return finding;
  }
  return Finding::Error(kSetup, EX_OSERR, error, {}, {});
}

}  // namespace ringcast
