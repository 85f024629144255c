// churn: connections are reset by the client at a rate and replaced by new ones while events go on.
// What coming and going costs, whether it disturbs those that stay, and whether memory is left.
//
// A connection is checked from its first event on. When churning has ended and all are live, events
// go on until each must have had the same last one.
#include <memory>

#include "load/scenarios.h"
#include "load/verdict.h"

namespace ringcast {
namespace {

// Of all, a second, unless it is said.
constexpr double kUsualChurn = 0.1;

}  // namespace

Status RunChurn(BenchContext& bench) {
  const BenchOptions& options = bench.options;
  BenchReport& report = bench.report;
  if (Status found = FindAddresses(bench, options.connections); !found) return found;
  EventFeedOptions feeding = UsualFeed(bench);
  feeding.seconds = 0;
  auto feed = OpenFeed(bench, feeding);
  if (!feed) return feed.error();
  SwarmOptions subscribing = UsualSwarm(bench, options.connections);
  subscribing.behaviour.tracks_completion = true;
  subscribing.behaviour.mark = &(*feed)->last();
  auto made = MakeSwarm(bench, subscribing);
  if (!made) return made.error();
  Swarm& swarm = **made;
  if (Status connected = ConnectAndWeigh(bench, swarm); !connected) return connected;

  const double rate = options.churn_rate > 0
                          ? options.churn_rate
                          : static_cast<double>(options.connections) * kUsualChurn;
  const std::optional<double> memory_before = UserMemory(bench);
  const CostMeter meter(bench, {&swarm});
  const std::uint64_t start_ns = StartFeed(**feed);
  swarm.SetChurn(rate);
  const std::uint64_t churn_start_ns = NowNs();
  if (Status going = Publishing(bench, **feed, swarm, options.seconds); !going) return going;
  ReconnectReport anew{.seconds = Seconds(churn_start_ns, NowNs()), .churn_rate = rate};
  swarm.SetChurn(0);
  if (Status back = AwaitReplaced(bench, swarm); !back) return back;
  const std::optional<double> memory_after = UserMemory(bench);

  (*feed)->Stop();
  const Status drained = Drain(
      bench, **feed, start_ns, [&swarm] { return swarm.Sum(&Tally::marked); },
      [&options] { return options.connections; });
  meter.Stop(report);
  Conclude(bench, swarm, start_ns);
  if (!drained) return drained;
  // From the first that it had: one that had none was to have the last.
  swarm.ForEachSubscriber([&report](std::uint64_t, Subscriber& subscriber) {
    const std::uint64_t first = subscriber.sequence().first();
    subscriber.sequence().Finish(first > 0 ? first : report.published, report.published + 1,
                                 report.faults);
  });
  report.rate = options.rate;
  anew.count = swarm.Sum(&Tally::left);
  anew.first_byte_ns = ReconnectsOf(swarm);
  report.reconnects = anew;
  if (memory_before && memory_after) report.user_growth_bytes = *memory_after - *memory_before;
  return Done{};
}

}  // namespace ringcast
