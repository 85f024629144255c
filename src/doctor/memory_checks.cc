#include "doctor/memory_checks.h"

#include <algorithm>

#include "base/units.h"
#include "config/usable_memory.h"
#include "hub/budget.h"

namespace ringcast {
namespace {

// Kernel memory of an idle connection's end at the server, its armed poll included: half of what
// `ringcast bench hold` measures for both ends (8,965 bytes, bench/results).
constexpr std::uint64_t kKernelBytes = 4'500;
// User memory of an idle stream, measured by the same: 80 to 89 bytes.
constexpr std::uint64_t kUserBytes = 90;
// A small event on its way: one page of a socket's send queue.
constexpr std::uint64_t kQueuedBytes = 4'096;
constexpr std::uint64_t kShardBytes = std::uint64_t{3} << 19;  // src/README.md, memory budget
constexpr std::uint64_t kSlotBytes = 8;                        // of a ring's table

std::string Mib(std::uint64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

std::uint64_t HistoryBytes(const ServeOptions& options, std::uint64_t usable) {
  if (options.history_memory == ServeOptions::kNoMemoryLimit) return 0;
  return HistoryMemory(options, usable) + budget::kHistorySlackBytes;
}

}  // namespace

MemoryEstimate EstimateMemory(const ServeOptions& options, const ShardPlan& plan,
                              std::uint64_t usable) {
  const std::uint64_t history = HistoryBytes(options, usable);
  std::uint64_t slots = 0;
  for (std::uint32_t i = 0; i < plan.shards; ++i) slots += plan.DirectSlots(i);
  const std::uint64_t fixed = plan.shards * kShardBytes + slots * kSlotBytes;
  MemoryEstimate estimate;
  estimate.idle = plan.connections * (kKernelBytes + kUserBytes) + history + fixed;
  estimate.broadcast = estimate.idle + plan.connections * kQueuedBytes;
  estimate.sum = std::to_string(plan.connections) + " connections x (" +
                 std::to_string(kKernelBytes) + " B kernel + " + std::to_string(kUserBytes) +
                 " B user) + " + Mib(history) + " history + " + Mib(fixed) +
                 " shards = " + Mib(estimate.idle) + " idle, " + Mib(estimate.broadcast) +
                 " while each has an event on its way";
  return estimate;
}

Finding CheckMemory(const Machine& machine, const ServeOptions& options, const ShardPlan& plan) {
  constexpr std::string_view kCheck = "memory";
  const std::uint64_t usable = UsableMemory(machine.root());
  const MemoryEstimate estimate = EstimateMemory(options, plan, usable);
  if (usable == 0) {
    return Finding::Note(kCheck, "how much memory there is cannot be read; " + estimate.sum, {});
  }
  const std::uint64_t in_machine = MachineMemory(machine.root());
  const bool grouped = usable < in_machine;
  const std::string seen =
      Mib(usable) + (grouped ? " in the control group; " : " of memory; ") + estimate.sum;
  if (estimate.broadcast <= usable) {
    if (options.history_memory != ServeOptions::kNoMemoryLimit) return Finding::Ok(kCheck, seen);
    return Finding::Note(
        kCheck, seen + "; histories have no limit",
        "With history-memory = \"off\" publishers decide how much is kept.",
        "set history-memory, for example to \"" + FormatSize(usable / 4 >> 20 << 20) + "\"");
  }
  std::string why =
      estimate.idle > usable
          ? "The kernel ends the process, or one beside it, before all connections are there."
          : "One event to all at once needs more than there is.";
  constexpr std::uint64_t kEach = kKernelBytes + kUserBytes + kQueuedBytes;
  const std::uint64_t fixed = estimate.broadcast - plan.connections * kEach;
  const std::uint64_t most = (usable > fixed ? usable - fixed : 0) / kEach / 1000 * 1000;
  std::string fix = "max-connections = " + std::to_string(std::max<std::uint64_t>(most, 1000));
  if (grouped && estimate.broadcast <= in_machine) {
    fix += ", or MemoryMax=" + std::to_string((estimate.broadcast >> 20) + 1) +
           "M in the systemd unit";
  }
  return Finding::Warning(kCheck, seen, std::move(why), std::move(fix));
}

Finding CheckTcpMemory(const Machine& machine, const ShardPlan& plan) {
  constexpr std::string_view kCheck = "tcp-mem";
  const std::vector<std::int64_t> pages = machine.Numbers("/proc/sys/net/ipv4/tcp_mem");
  if (pages.size() != 3) return Finding::Note(kCheck, "net.ipv4.tcp_mem cannot be read", {});
  const auto needed = static_cast<std::int64_t>(plan.connections);
  const std::string seen = "net.ipv4.tcp_mem = \"" + std::to_string(pages[0]) + " " +
                           std::to_string(pages[1]) + " " + std::to_string(pages[2]) +
                           "\" pages; an event on its way to each of " + std::to_string(needed) +
                           " connections takes a page each";
  if (pages[1] >= needed) return Finding::Ok(kCheck, seen);
  const std::string fix = "sysctl -w net.ipv4.tcp_mem=\"" + std::to_string(needed) + " " +
                          std::to_string(needed + needed / 2) + " " + std::to_string(2 * needed) +
                          "\"";
  if (pages[2] >= needed) {
    return Finding::Note(kCheck, seen,
                         "Above the second figure the kernel shrinks the buffers of all sockets: "
                         "a broadcast to all takes longer.",
                         fix);
  }
  return Finding::Warning(kCheck, seen,
                          "Above the third figure the kernel refuses to queue: many subscribers "
                          "stall in a broadcast, and `dmesg` tells of TCP out of memory.",
                          fix);
}

}  // namespace ringcast
