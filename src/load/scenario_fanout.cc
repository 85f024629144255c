// fanout: events at a rate, to all. saturate: the same as fast as back-pressure lets them pass.
// What a delivery costs and how long it takes. The target may publish by itself.
#include <sysexits.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "load/scenarios.h"
#include "load/verdict.h"

namespace ringcast {
namespace {

// A target that makes its own events begins within this time, and has ended when none came for
// that.
constexpr double kOwnStartPatience = 60;
constexpr double kOwnEndPatience = 2;
// Bytes on the way from the publisher when it is not paced: twice what the server lets a channel be
// ahead of its subscribers, so that it never waits for the publisher.
constexpr std::size_t kSaturateWindow = 128 * 1024;

Status Feed(BenchContext& bench, EventFeed& feed, Swarm& swarm) {
  const CostMeter meter(bench, {&swarm});
  const std::uint64_t start_ns = StartFeed(feed);
  const Status drained = Drain(bench, feed, swarm, start_ns);
  meter.Stop(bench.report);
  Conclude(bench, swarm, start_ns);
  if (!drained) return drained;
  CheckSequences(swarm, 1, bench.report.published + 1, bench.report.faults);
  return Done{};
}

// Waits for the events of a target that publishes by itself; gives when they began.
Result<std::uint64_t> AwaitOwnEvents(BenchContext& bench, const Swarm& swarm) {
  const BenchOptions& options = bench.options;
  std::uint64_t count = 0;
  std::uint64_t last_change_ns = NowNs();
  Await([&] {
    const std::uint64_t now_ns = NowNs();
    const std::uint64_t now_count = swarm.Sum(&Tally::deliveries);
    if (std::exchange(count, now_count) != now_count) last_change_ns = now_ns;
    bench.progress.Show(now_ns, "deliveries", count, 0);
    if (swarm.Sum(&Tally::ended) >= options.connections) return true;
    const double quiet = Seconds(last_change_ns, now_ns);
    if (count == 0 || quiet > kOwnEndPatience) {
      return quiet > (count == 0 ? kOwnStartPatience : kOwnEndPatience);
    }
    const double longest = options.seconds + options.drain_seconds;
    bench.report.tails_checked = Seconds(swarm.FirstEventNs(), now_ns) <= longest;
    return !bench.report.tails_checked;
  });
  if (count == 0 && swarm.Sum(&Tally::ended) < options.connections) {
    return bench.Fail(EX_UNAVAILABLE, "the target sent no event; name one to --publish to");
  }
  return swarm.FirstEventNs();
}

Status Watch(BenchContext& bench, Swarm& swarm) {
  const CostMeter meter(bench, {&swarm});
  const Result<std::uint64_t> began_ns = AwaitOwnEvents(bench, swarm);
  meter.Stop(bench.report);
  if (!began_ns) return began_ns.error();
  Conclude(bench, swarm, *began_ns);
  CompareSequences(swarm, bench.report);
  return Done{};
}

}  // namespace

Status RunFanout(BenchContext& bench) {
  const BenchOptions& options = bench.options;
  const bool saturates = options.scenario == Scenario::kSaturate;
  if (Status found = FindAddresses(bench, options.connections); !found) return found;
  std::unique_ptr<EventFeed> feed;
  if (bench.publishes()) {
    EventFeedOptions feeding = UsualFeed(bench);
    if (saturates) feeding.rate = 0;
    auto opened = OpenFeed(bench, feeding,
                           saturates ? std::max(kSaturateWindow, 4 * options.payload_bytes) : 0);
    if (!opened) return opened.error();
    feed = std::move(*opened);
  }
  SwarmOptions subscribing = UsualSwarm(bench, options.connections);
  subscribing.large_receives = saturates;
  subscribing.behaviour.tracks_completion = !saturates;
  auto swarm = MakeSwarm(bench, subscribing);
  if (!swarm) return swarm.error();
  if (Status connected = ConnectAndWeigh(bench, **swarm); !connected) return connected;
  if (options.quiet_seconds > 0) HoldStill(bench, **swarm, options.quiet_seconds);

  if (!saturates) bench.report.rate = options.rate;
  return feed ? Feed(bench, *feed, **swarm) : Watch(bench, **swarm);
}

}  // namespace ringcast
