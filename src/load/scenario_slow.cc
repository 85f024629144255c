// slow: a share of the subscribers stops reading once its stream has begun, the others read on.
// What that does to those that read, and what the server does with those that do not.
//
// A server may end the slow ones or tell them a gap; that is counted, and no fault. At the end they
// read on: one that was neither ended nor told must still get everything.
#include <memory>

#include "load/scenarios.h"
#include "load/verdict.h"

namespace ringcast {
namespace {

// Waits until the slow ones that read on have been ended or have had the last event, or nothing
// comes any more.
void AwaitSlow(BenchContext& bench, const Swarm& swarm, std::uint64_t readers) {
  std::uint64_t bytes = 0;
  std::uint64_t last_change_ns = NowNs();
  Await([&] {
    const std::uint64_t now_ns = NowNs();
    const std::uint64_t now_bytes = swarm.SumSlow(&Tally::bytes);
    if (std::exchange(bytes, now_bytes) != now_bytes) last_change_ns = now_ns;
    const std::uint64_t over = swarm.SumSlow(&Tally::marked) + swarm.SumSlow(&Tally::ended);
    bench.progress.Show(now_ns, "slow ones that are through", over, readers);
    return over >= readers || Seconds(last_change_ns, now_ns) > bench.options.drain_seconds;
  });
}

// What the slow ones lost without a word is lost; what they were told is only reported.
SlowReport JudgeSlow(BenchContext& bench, Swarm& swarm) {
  SlowReport slow{.share = bench.options.slow_share,
                  .readers = CountSlow(swarm.connections(), bench.options.slow_share),
                  .ended = swarm.SumSlow(&Tally::ended),
                  .deliveries = swarm.SumSlow(&Tally::deliveries)};
  SequenceFaults faults;
  for (const Tally* tally : swarm.slow_tallies()) faults.Add(tally->faults);
  swarm.ForEachSubscriber([&](std::uint64_t number, Subscriber& subscriber) {
    const bool live = subscriber.phase() == Subscriber::Phase::kLive;
    if (!IsSlow(number, slow.share)) {
      subscriber.sequence().Finish(1, bench.report.published + 1, bench.report.faults);
    } else if (live) {
      subscriber.sequence().Finish(1, bench.report.published + 1, faults);
    }
  });
  slow.gaps = std::exchange(faults.gaps, 0);
  slow.told = std::exchange(faults.told, 0);
  bench.report.faults.Add(faults);
  return slow;
}

}  // namespace

Status RunSlow(BenchContext& bench) {
  const BenchOptions& options = bench.options;
  BenchReport& report = bench.report;
  const std::uint64_t readers = CountSlow(options.connections, options.slow_share);
  if (Status found = FindAddresses(bench, options.connections); !found) return found;
  EventFeedOptions feeding = UsualFeed(bench);
  feeding.subscribers = options.connections - readers;
  auto feed = OpenFeed(bench, feeding);
  if (!feed) return feed.error();
  SwarmOptions subscribing = UsualSwarm(bench, options.connections);
  subscribing.behaviour.tracks_completion = true;
  subscribing.behaviour.slow_share = options.slow_share;
  subscribing.behaviour.mark = &(*feed)->last();
  auto made = MakeSwarm(bench, subscribing);
  if (!made) return made.error();
  Swarm& swarm = **made;
  if (Status connected = ConnectAndWeigh(bench, swarm); !connected) return connected;

  const std::optional<double> memory_before = UserMemory(bench);
  const CostMeter meter(bench, {&swarm});
  const std::uint64_t start_ns = StartFeed(**feed);
  const Status drained = Drain(bench, **feed, swarm, start_ns);
  meter.Stop(report);
  const std::optional<double> memory_after = UserMemory(bench);
  if (!drained) return drained;
  swarm.ReadOn();
  AwaitSlow(bench, swarm, readers);
  Conclude(bench, swarm, start_ns);
  report.connected = options.connections;
  report.rate = options.rate;
  report.slow = JudgeSlow(bench, swarm);
  if (memory_before && memory_after) report.user_growth_bytes = *memory_after - *memory_before;
  return Done{};
}

}  // namespace ringcast
