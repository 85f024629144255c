// storm: while events go on, all connections are reset at once and come again, each with the id of
// the last event that it had. How long until all are live again, and whether anything is lost or
// doubled over the seam.
//
// No subscriber keeps an id: a scout learns them, and the number of a subscriber's last event finds
// its id. The server must keep the events of the time that this takes.
#include <memory>
#include <utility>

#include "load/scenarios.h"
#include "load/verdict.h"

namespace ringcast {
namespace {

// How long events go on when all are back, in seconds.
constexpr double kAfter = 1;

// All have had an event, and so have something to resume after.
Status AwaitBegun(BenchContext& bench, EventFeed& feed, const Swarm& swarm) {
  const std::uint64_t start_ns = NowNs();
  while (swarm.Sum(&Tally::begun) < swarm.connections() &&
         Seconds(start_ns, NowNs()) < bench.options.drain_seconds) {
    constexpr double kStep = 0.05;
    if (Status going = Publishing(bench, feed, swarm, kStep); !going) return going;
  }
  return Done{};
}

}  // namespace

Status RunStorm(BenchContext& bench) {
  const BenchOptions& options = bench.options;
  BenchReport& report = bench.report;
  if (Status found = FindAddresses(bench, options.connections); !found) return found;
  EventFeedOptions feeding = UsualFeed(bench);
  feeding.seconds = 0;
  auto opened = OpenFeed(bench, feeding);
  if (!opened) return opened.error();
  EventFeed& feed = **opened;
  auto scout = SendScout(bench);
  if (!scout) return scout.error();
  SwarmOptions subscribing = UsualSwarm(bench, options.connections);
  subscribing.prompt = true;
  subscribing.behaviour.tracks_completion = true;
  subscribing.behaviour.ids = &(*scout)->ids();
  auto made = MakeSwarm(bench, subscribing);
  if (!made) return made.error();
  Swarm& swarm = **made;
  if (Status connected = ConnectAndWeigh(bench, swarm); !connected) return connected;

  const CostMeter meter(bench, {&swarm});
  const std::uint64_t start_ns = StartFeed(feed);
  if (Status begun = AwaitBegun(bench, feed, swarm); !begun) return begun;
  if (Status learnt = AwaitIds(bench, **scout, 1); !learnt) return learnt;
  if (Status going = Publishing(bench, feed, swarm, options.seconds); !going) return going;

  swarm.SetStage(Stage::kDuring);
  const std::uint64_t storm_ns = NowNs();
  swarm.ResetAndReconnect();
  if (Status back = AwaitReplaced(bench, swarm); !back) return back;
  ReconnectReport anew{.seconds = Seconds(storm_ns, swarm.LastLiveNs())};
  swarm.SetStage(Stage::kAfter);
  if (Status going = Publishing(bench, feed, swarm, kAfter); !going) return going;

  feed.Stop();
  const Status drained = Drain(bench, feed, swarm, start_ns);
  meter.Stop(report);
  Conclude(bench, swarm, start_ns);
  if (!drained) return drained;
  CheckSequences(swarm, 1, report.published + 1, report.faults);
  report.rate = options.rate;
  anew.count = swarm.Sum(&Tally::left);
  anew.first_byte_ns = ReconnectsOf(swarm);
  report.reconnects = anew;
  report.shift = ShiftOf(swarm);
  return Done{};
}

}  // namespace ringcast
