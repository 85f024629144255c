#include "doctor/limit_checks.h"

#include <sysexits.h>

#include <string>

#include "uring/listener.h"

namespace ringcast {
namespace {

constexpr unsigned kCapSysAdmin = 21;  // capabilities(7)
// Of the daemon itself (listeners, rings, publishers) and of all else that runs on the machine.
constexpr std::uint64_t kOtherFiles = 10'000;

std::string Connections(const ServeOptions& options, const ShardPlan& plan) {
  return options.max_connections > 0
             ? "max-connections = " + std::to_string(plan.connections)
             : "max-connections is automatic: " + std::to_string(plan.connections);
}

}  // namespace

ShardGround GroundOf(const Machine& machine) {
  const std::optional<Machine::Limit> files = machine.LimitOf("Max open files");
  return {.file_limit = files ? files->hard : 0,
          .cores = machine.cores(),
          .backlog = LongestBacklog(machine.root())};
}

Finding ExplainPlan(const ShardGround& ground, const std::string& error) {
  return Finding::Error(
      "file-limit", EX_CONFIG, error,
      "The kernel bounds the table of each ring by RLIMIT_NOFILE = " +
          std::to_string(ground.file_limit) + "; the process may hold more in several rings.",
      "LimitNOFILE=1048576 in the systemd unit (`systemctl edit ringcast`), or `prlimit "
      "--nofile=1048576 ringcast serve ...`");
}

Finding CheckFileLimit(const ServeOptions& options, const ShardGround& ground,
                       const Result<ShardPlan>& plan) {
  constexpr std::string_view kCheck = "file-limit";
  if (!plan) return ExplainPlan(ground, plan.error().message);
  const std::string seen = "RLIMIT_NOFILE = " + std::to_string(ground.file_limit) + ": " +
                           std::to_string(plan->shards) + " shards can hold " +
                           std::to_string(plan->most_per_shard * plan->shards) + "; " +
                           Connections(options, *plan);
  if (options.shards == 0 && plan->shards > ground.cores) {
    return Finding::Note(kCheck, seen,
                         "There are more shards than the " + std::to_string(ground.cores) +
                             " cores, as one ring's table cannot be larger than the limit; fewer "
                             "are cheaper.",
                         "LimitNOFILE=1048576 in the systemd unit (`systemctl edit ringcast`)");
  }
  return Finding::Ok(kCheck, seen);
}

Finding CheckFilesPerProcess(const Machine& machine, const ShardPlan& plan) {
  constexpr std::string_view kCheck = "nr-open";
  const std::optional<std::int64_t> most = machine.Number("/proc/sys/fs/nr_open");
  if (!most) return Finding::Note(kCheck, "fs.nr_open cannot be read", {});
  // What one ring a core would need.
  const std::uint64_t wanted =
      (plan.connections + plan.ground.cores - 1) / plan.ground.cores + 2 * plan.ground.backlog;
  const std::string seen = "fs.nr_open = " + std::to_string(*most) + "; one shard a core needs " +
                           std::to_string(wanted);
  if (static_cast<std::uint64_t>(*most) >= wanted) return Finding::Ok(kCheck, seen);
  return Finding::Note(kCheck, seen,
                       "RLIMIT_NOFILE cannot be raised above it; more shards share the "
                       "connections, which costs a little.",
                       "sysctl -w fs.nr_open=" + std::to_string(wanted));
}

Finding CheckFilesOfMachine(const Machine& machine, const ShardPlan& plan) {
  constexpr std::string_view kCheck = "file-max";
  const std::optional<std::int64_t> most = machine.Number("/proc/sys/fs/file-max");
  if (!most) return Finding::Note(kCheck, "fs.file-max cannot be read", {});
  const std::uint64_t needed = plan.connections + kOtherFiles;
  const std::string seen = "fs.file-max = " + std::to_string(*most) + "; " +
                           std::to_string(plan.connections) + " connections and " +
                           std::to_string(kOtherFiles) + " other files need " +
                           std::to_string(needed);
  if (static_cast<std::uint64_t>(*most) >= needed) return Finding::Ok(kCheck, seen);
  if (machine.HasCapability(kCapSysAdmin)) {
    return Finding::Note(kCheck, seen,
                         "CAP_SYS_ADMIN is not bound by it; the daemon's user usually is.",
                         "sysctl -w fs.file-max=" + std::to_string(needed));
  }
  return Finding::Warning(kCheck, seen,
                          "Every socket is an open file: accepting ends with ENFILE, and other "
                          "programs of the machine cannot open files either.",
                          "sysctl -w fs.file-max=" + std::to_string(needed));
}

}  // namespace ringcast
