#include "load/verdict.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace ringcast {

std::string WhyConnectionsFailed(const Swarm& swarm) {
  std::vector<const Tally*> tallies = swarm.tallies();
  for (const Tally* tally : swarm.slow_tallies()) tallies.push_back(tally);
  for (const Tally* tally : tallies) {
    if (tally->first_errno != 0) return std::strerror(tally->first_errno);
    if (tally->first_status != 0) return "status " + std::to_string(tally->first_status);
    if (tally->not_a_stream) return "the answer is no event stream";
  }
  if (swarm.Sum(&Tally::failed) + swarm.SumSlow(&Tally::failed) == 0) return {};
  return "the server closed a connection without a response";
}

void AddUp(const Swarm& swarm, BenchReport& report) {
  const auto completions = std::make_unique<CompletionTable>();
  for (const Tally* tally : swarm.tallies()) {
    report.faults.Add(tally->faults);
    for (const Histogram<>& latency_ns : tally->latency_ns) report.latency_ns.Merge(latency_ns);
    report.connect_ns.Merge(tally->connect_ns);
    completions->Merge(tally->completions);
    report.connected += tally->live.Get() - tally->left.Get();
    report.deliveries += tally->deliveries.Get();
    report.received_bytes += tally->bytes.Get();
    report.truncated += tally->truncated;
    report.ended += tally->ended.Get();
  }
  completions->AddTo(report.completion_ns);
}

ShiftReport ShiftOf(const Swarm& swarm) {
  ShiftReport shift;
  for (const Tally* tally : swarm.tallies()) {
    shift.before_ns.Merge(tally->latency_ns[static_cast<std::size_t>(Stage::kBefore)]);
    shift.during_ns.Merge(tally->latency_ns[static_cast<std::size_t>(Stage::kDuring)]);
  }
  return shift;
}

Histogram<> ReconnectsOf(const Swarm& swarm) {
  Histogram<> first_byte_ns;
  for (const Tally* tally : swarm.tallies()) first_byte_ns.Merge(tally->reconnect_ns);
  return first_byte_ns;
}

void CheckSequences(Swarm& swarm, std::uint64_t first, std::uint64_t end, SequenceFaults& faults) {
  swarm.ForEachSubscriber([&](std::uint64_t, Subscriber& subscriber) {
    subscriber.sequence().Finish(first, end, faults);
  });
}

void CompareSequences(Swarm& swarm, BenchReport& report) {
  std::uint64_t first = UINT64_MAX;
  std::uint64_t end = 0;
  swarm.ForEachSubscriber([&](std::uint64_t, Subscriber& subscriber) {
    if (subscriber.sequence().first() == 0) return;
    first = std::min(first, subscriber.sequence().first());
    if (report.tails_checked) end = std::max(end, subscriber.sequence().due());
  });
  if (first != UINT64_MAX) CheckSequences(swarm, first, end, report.faults);
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
