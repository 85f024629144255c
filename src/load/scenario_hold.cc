// hold: all connect and stay. What a quiet subscriber costs in memory and CPU time.
#include <memory>

#include "load/scenarios.h"

namespace ringcast {

Status RunHold(BenchContext& bench) {
  const BenchOptions& options = bench.options;
  if (Status found = FindAddresses(bench, options.connections); !found) return found;
  auto swarm = MakeSwarm(bench, UsualSwarm(bench, options.connections));
  if (!swarm) return swarm.error();
  if (Status connected = ConnectAndWeigh(bench, **swarm); !connected) return connected;

  const CostMeter meter(bench, {swarm->get()});
  HoldStill(bench, **swarm, options.quiet_seconds > 0 ? options.quiet_seconds : options.seconds);
  meter.Stop(bench.report);
  Conclude(bench, **swarm, 0);
  bench.report.seconds = bench.report.quiet->seconds;
  return Done{};
}

}  // namespace ringcast
