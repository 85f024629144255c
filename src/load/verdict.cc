#include "load/verdict.h"

#include <algorithm>
#include <cstring>

namespace ringcast {

std::string WhyConnectionsFailed(const Swarm& swarm) {
  for (const Tally* tally : swarm.tallies()) {
    if (tally->first_errno != 0) return std::strerror(tally->first_errno);
    if (tally->first_status != 0) return "status " + std::to_string(tally->first_status);
    if (tally->not_a_stream) return "the answer is no event stream";
  }
  if (swarm.Sum(&Tally::failed) == 0) return {};
  return "the server closed a connection without a response";
}

void AddUp(const Swarm& swarm, BenchReport& report) {
  for (const Tally* tally : swarm.tallies()) {
    report.faults.Add(tally->faults);
    report.latency_ns.Merge(tally->latency_ns);
    report.connected += tally->live.Get();
    report.deliveries += tally->deliveries.Get();
    report.received_bytes += tally->bytes.Get();
    report.truncated += tally->truncated;
  }
}

void CheckSequences(Swarm& swarm, BenchReport& report) {
  std::uint64_t first = 1;
  std::uint64_t end = report.published + 1;
  if (report.published == 0) {
    first = UINT64_MAX;
    end = 0;
    swarm.ForEachSubscriber([&](Subscriber& subscriber) {
      if (subscriber.sequence().first() == 0) return;
      first = std::min(first, subscriber.sequence().first());
      if (report.tails_checked) end = std::max(end, subscriber.sequence().due());
    });
    if (first == UINT64_MAX) return;  // nobody had anything
  }
  swarm.ForEachSubscriber(
      [&](Subscriber& subscriber) { subscriber.sequence().Finish(first, end, report.faults); });
}

void FindBusiest(const std::vector<WorkerTime>& before, const std::vector<WorkerTime>& after,
                 double wall_seconds, BenchReport& report) {
  const auto share = [wall_seconds](std::uint64_t from_ns, std::uint64_t to_ns) {
    return static_cast<double>(to_ns - from_ns) / 1e9 / wall_seconds;
  };
  for (std::size_t i = 0; i < after.size(); ++i) {
    const double running = share(before[i].running, after[i].running);
    const double waiting = share(before[i].waiting, after[i].waiting);
    if (running + waiting < report.worker_running + report.worker_waiting) continue;
    report.worker_running = running;
    report.worker_waiting = waiting;
  }
}

}  // namespace ringcast
