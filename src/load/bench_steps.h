// What scenarios are made of: connect a swarm, publish, wait for what is due, measure what that
// costs. A scenario is a function that takes these steps in its order; what it finds goes into the
// report.
//
// Threads: that of the run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/bench_options.h"
#include "load/bench_report.h"
#include "load/event_feed.h"
#include "load/progress.h"
#include "load/scout.h"
#include "load/swarm.h"
#include "load/target.h"

namespace ringcast {

// What all steps of a run share.
struct BenchContext {
  const BenchOptions& options;
  Progress& progress;
  BenchReport& report;
  Target target = {};
  int exit_code = 0;  // when a step has failed: sysexits.h

  bool publishes() const { return options.publish != "none"; }
  // Notes the exit code and gives the error.
  Error Fail(int code, std::string message);
};

// CLOCK_MONOTONIC in nanoseconds.
std::uint64_t NowNs();
// Between two of them, 0 if they are not in order.
double Seconds(std::uint64_t from_ns, std::uint64_t to_ns);

// Finds where to connect to, with room for so many connections. Errors: as FindTarget.
Status FindAddresses(BenchContext& bench, std::uint64_t connections);

// A swarm of that many as the options ask for.
SwarmOptions UsualSwarm(const BenchContext& bench, std::uint64_t connections);
Result<std::unique_ptr<Swarm>> MakeSwarm(BenchContext& bench, const SwarmOptions& options);
// Starts it and waits until all have a stream. Errors: connections fail or do not come forward.
Status Connect(BenchContext& bench, Swarm& swarm);
// The same, and notes a connection's memory once what it left behind is done.
Status ConnectAndWeigh(BenchContext& bench, Swarm& swarm);
// Waits until so many streams have begun in all, those made anew included. Errors: as Connect.
Status AwaitStreams(BenchContext& bench, Swarm& swarm, std::string_view what,
                    std::uint64_t streams);

// Waits until everyone that has left is back. Errors: as Connect.
Status AwaitReplaced(BenchContext& bench, Swarm& swarm);

// Connects a scout and waits until its stream has begun. Errors: it does not.
Result<std::unique_ptr<Scout>> SendScout(BenchContext& bench);
// Waits until it knows the ids of `count` events. Errors: they do not come, or have no id.
Status AwaitIds(BenchContext& bench, const Scout& scout, std::uint64_t count);

// Opens the place to publish to. `window_bytes` 0: as much as the sink takes. Errors: as
// EventSink::Open.
Result<std::unique_ptr<EventFeed>> OpenFeed(BenchContext& bench, EventFeedOptions options,
                                            std::size_t window_bytes = 0);
// Starts it so that the first event is due when all threads are up; gives that time.
std::uint64_t StartFeed(EventFeed& feed);
// What --rate and --seconds ask for, for the swarm's subscribers.
EventFeedOptions UsualFeed(const BenchContext& bench);

// Looks at what goes on many times a second until `done` says so.
void Await(const std::function<bool()>& done);
// Waits that long while events are published. Errors: publishing ended with one.
Status Publishing(BenchContext& bench, EventFeed& feed, const Swarm& swarm, double seconds);
// Waits for the end of the feed and then until `got()` has reached what is due of it, or nothing
// has come for --drain-seconds. `start_ns`: when its first event was due. Errors: of publishing.
Status Drain(BenchContext& bench, EventFeed& feed, std::uint64_t start_ns,
             const std::function<std::uint64_t()>& got, const std::function<std::uint64_t()>& due);
Status Drain(BenchContext& bench, EventFeed& feed, const Swarm& swarm, std::uint64_t start_ns);

// Holds still that long and notes what it cost.
void HoldStill(BenchContext& bench, const Swarm& swarm, double seconds);

// The server's memory now, in bytes. Nothing: no --server-pid.
std::optional<double> UserMemory(const BenchContext& bench);

// The server's CPU time and the workers' from here on.
class CostMeter {
 public:
  CostMeter(const BenchContext& bench, std::vector<const Swarm*> swarms);
  // Notes both in the report.
  void Stop(BenchReport& report) const;
  double seconds() const { return Seconds(start_ns_, NowNs()); }
  std::optional<CpuTime> server_cpu() const;

 private:
  const std::vector<pid_t>& pids_;
  const std::vector<const Swarm*> swarms_;
  const std::uint64_t start_ns_;
  const Result<CpuTime> cpu_;
  std::vector<std::vector<WorkerTime>> workers_;
};

// Ends the swarm and adds up what it has seen; the report's time runs from `from_ns` to the last
// event.
void Conclude(BenchContext& bench, Swarm& swarm, std::uint64_t from_ns);

}  // namespace ringcast
