#include "load/bench_steps.h"

#include <sysexits.h>

#include <algorithm>
#include <utility>

#include "load/verdict.h"
#include "uring/clock.h"
#include "uring/process.h"

namespace ringcast {
namespace {

// How often what goes on is looked at.
constexpr Nanos kLook = std::chrono::milliseconds(20);
// Connecting has stopped when no stream began for so long: longer than the header timeout of
// servers.
constexpr double kConnectPatience = 30;
// What connecting left behind is done by then: work that the kernel deferred, first events.
constexpr Nanos kSettle = std::chrono::milliseconds(500);
// The first event is due so long after the start of the feed: all threads are up by then.
constexpr std::uint64_t kLeadNs = 100'000'000;

Error ExplainConnect(BenchContext& bench, Swarm& swarm, std::uint64_t live, std::uint64_t streams) {
  swarm.Stop();
  std::string why = WhyConnectionsFailed(swarm);
  if (why.empty()) {
    why = "no response for " + std::to_string(static_cast<int>(kConnectPatience)) + " s";
  } else if (bench.target.addresses.size() > 1) {
    why += " (connections spread over " + std::to_string(bench.target.addresses.size()) +
           " addresses: the server must listen on all of them, 0.0.0.0, or take --spread 1)";
  }
  return bench.Fail(EX_UNAVAILABLE, std::to_string(live) + " of " + std::to_string(streams) +
                                        " connections came to a stream: " + why);
}

}  // namespace

Error BenchContext::Fail(int code, std::string message) {
  exit_code = code;
  return Error{std::move(message)};
}

std::uint64_t NowNs() {
  return static_cast<std::uint64_t>(MonotonicNow().time_since_epoch().count());
}

double Seconds(std::uint64_t from_ns, std::uint64_t to_ns) {
  return to_ns > from_ns ? static_cast<double>(to_ns - from_ns) / 1e9 : 0;
}

Status FindAddresses(BenchContext& bench, std::uint64_t connections) {
  Result<Target> target = FindTarget(bench.options.target, bench.options.spread, connections);
  if (!target) return bench.Fail(EX_USAGE, target.error().message);
  bench.target = std::move(*target);
  return Done{};
}

SwarmOptions UsualSwarm(const BenchContext& bench, std::uint64_t connections) {
  const BenchOptions& options = bench.options;
  const auto cores = static_cast<unsigned>(AllowedCores().size());
  SwarmOptions swarm{.connections = connections,
                     .workers = options.workers > 0 ? options.workers : std::min(cores, 2u),
                     .connect_rate = options.connect_rate};
  if (bench.publishes()) {
    swarm.behaviour.payload_bytes = static_cast<std::uint32_t>(options.payload_bytes);
  }
  return swarm;
}

Result<std::unique_ptr<Swarm>> MakeSwarm(BenchContext& bench, const SwarmOptions& options) {
  Result<std::unique_ptr<Swarm>> swarm = Swarm::Create(options, bench.target);
  if (!swarm) return bench.Fail(EX_OSERR, swarm.error().message);
  bench.report.workers = options.workers;
  return swarm;
}

Status Connect(BenchContext& bench, Swarm& swarm) {
  swarm.Start();
  return AwaitStreams(bench, swarm, "connecting", swarm.connections());
}

Status AwaitStreams(BenchContext& bench, Swarm& swarm, std::string_view what,
                    std::uint64_t streams) {
  std::uint64_t live = 0;
  std::uint64_t last_change_ns = NowNs();
  while (true) {
    const std::uint64_t now_ns = NowNs();
    const std::uint64_t failed = swarm.Sum(&Tally::failed) + swarm.SumSlow(&Tally::failed);
    const std::uint64_t count = swarm.Sum(&Tally::live) + swarm.SumSlow(&Tally::live);
    if (std::exchange(live, count) != count) last_change_ns = now_ns;
    if (live >= streams) return Done{};
    bench.progress.Show(now_ns, what, live, streams);
    if (failed > 0 || Seconds(last_change_ns, now_ns) > kConnectPatience) {
      return ExplainConnect(bench, swarm, live, streams);
    }
    SleepUntil(MonotonicNow() + kLook);
  }
}

Status AwaitReplaced(BenchContext& bench, Swarm& swarm) {
  return AwaitStreams(bench, swarm, "connecting again",
                      swarm.connections() + swarm.Sum(&Tally::left));
}

Status ConnectAndWeigh(BenchContext& bench, Swarm& swarm) {
  const std::vector<pid_t>& pids = bench.options.server_pids;
  const Result<std::uint64_t> user_before = ReadUserMemory(pids);
  if (!user_before) return bench.Fail(EX_USAGE, "--server-pid: " + user_before.error().message);
  const KernelMemory kernel_before = ReadKernelMemory();
  const std::uint64_t start_ns = NowNs();
  if (Status connected = Connect(bench, swarm); !connected) return connected;
  bench.report.connect_seconds = Seconds(start_ns, swarm.LastLiveNs());
  // A target that makes its own events begins at once, and the measurement with it.
  if (bench.publishes() || bench.options.scenario == Scenario::kHold) {
    SleepUntil(MonotonicNow() + kSettle);
  }
  const Result<std::uint64_t> user_after = ReadUserMemory(pids);
  const KernelMemory kernel_after = ReadKernelMemory();
  const auto count = static_cast<double>(swarm.connections());
  const auto growth = [count](std::uint64_t before, std::uint64_t after) {
    return (static_cast<double>(after) - static_cast<double>(before)) / count;
  };
  BenchReport& report = bench.report;
  if (user_after && !pids.empty()) report.user_bytes = growth(*user_before, *user_after);
  report.kernel_bytes = growth(kernel_before.total(), kernel_after.total());
  report.slab_bytes = growth(kernel_before.slab, kernel_after.slab);
  report.other_bytes = growth(kernel_before.other, kernel_after.other);
  report.buffer_bytes = growth(kernel_before.buffers, kernel_after.buffers);
  return Done{};
}

Result<std::unique_ptr<Scout>> SendScout(BenchContext& bench) {
  Result<std::unique_ptr<Scout>> scout = Scout::Start(bench.options.target);
  if (!scout) return bench.Fail(EX_USAGE, scout.error().message);
  const std::uint64_t start_ns = NowNs();
  Await([&] {
    return (*scout)->connected() || Seconds(start_ns, NowNs()) > bench.options.drain_seconds;
  });
  if ((*scout)->connected()) return scout;
  return bench.Fail(EX_UNAVAILABLE, "0 of 1 connections came to a stream: " + (*scout)->trouble());
}

Status AwaitIds(BenchContext& bench, const Scout& scout, std::uint64_t count) {
  std::uint64_t known = 0;
  std::uint64_t last_change_ns = NowNs();
  const auto waited = [&] { return Seconds(last_change_ns, NowNs()); };
  Await([&] {
    const std::uint64_t now_known = scout.ids().size();
    if (std::exchange(known, now_known) != now_known) last_change_ns = NowNs();
    bench.progress.Show(NowNs(), "ids learnt", known, count);
    return known >= count || scout.nameless() > 0 || waited() > bench.options.drain_seconds;
  });
  if (known >= count) return Done{};
  if (scout.nameless() > 0) {
    return bench.Fail(EX_UNAVAILABLE, "the server's events have no id: nothing can be resumed");
  }
  return bench.Fail(EX_UNAVAILABLE, "a subscriber was given the ids of " + std::to_string(known) +
                                        " of " + std::to_string(count) + " events");
}

Result<std::unique_ptr<EventFeed>> OpenFeed(BenchContext& bench, EventFeedOptions options,
                                            std::size_t window_bytes) {
  const std::string& channel = bench.options.channel;
  EventSinkOptions sink{.where = bench.options.publish,
                        .channel = channel.empty() ? bench.target.channel : channel,
                        .body = bench.options.publish_body};
  if (options.traffic != nullptr) sink.channel = options.channel_base;
  if (window_bytes > 0) sink.window_bytes = window_bytes;
  Result<std::unique_ptr<EventSink>> opened = EventSink::Open(sink);
  if (!opened) return bench.Fail(EX_UNAVAILABLE, opened.error().message);
  return std::make_unique<EventFeed>(options, std::move(*opened));
}

EventFeedOptions UsualFeed(const BenchContext& bench) {
  return {.rate = bench.options.rate,
          .seconds = bench.options.seconds,
          .payload_bytes = bench.options.payload_bytes,
          .subscribers = bench.options.connections};
}

std::uint64_t StartFeed(EventFeed& feed) {
  const std::uint64_t start_ns = NowNs() + kLeadNs;
  feed.Start(start_ns);
  return start_ns;
}

void Await(const std::function<bool()>& done) {
  while (!done()) SleepUntil(MonotonicNow() + kLook);
}

Status Publishing(BenchContext& bench, EventFeed& feed, const Swarm& swarm, double seconds) {
  const std::uint64_t start_ns = NowNs();
  Await([&] {
    const std::uint64_t now_ns = NowNs();
    bench.progress.Show(now_ns, "deliveries", swarm.Sum(&Tally::deliveries), 0);
    return feed.finished() || Seconds(start_ns, now_ns) >= seconds;
  });
  if (!feed.finished()) return Done{};
  const Status outcome = feed.Join();
  return outcome ? outcome : bench.Fail(EX_UNAVAILABLE, outcome.error().message);
}

Status Drain(BenchContext& bench, EventFeed& feed, std::uint64_t start_ns,
             const std::function<std::uint64_t()>& got, const std::function<std::uint64_t()>& due) {
  std::uint64_t count = 0;
  double publish_seconds = 0;
  std::uint64_t last_change_ns = NowNs();
  Await([&] {
    const bool finished = feed.finished();  // looked at first: then what is due is final
    const std::uint64_t now_ns = NowNs();
    const std::uint64_t all = due();
    const std::uint64_t now_count = got();
    if (std::exchange(count, now_count) != now_count || !finished) last_change_ns = now_ns;
    bench.progress.Show(now_ns, "deliveries", count, all);
    if (!finished) return false;
    if (publish_seconds == 0) publish_seconds = Seconds(start_ns, now_ns);
    return count >= all || Seconds(last_change_ns, now_ns) > bench.options.drain_seconds;
  });
  bench.report.published += feed.published();
  bench.report.publish_seconds += publish_seconds;
  const Status outcome = feed.Join();
  return outcome ? outcome : bench.Fail(EX_UNAVAILABLE, outcome.error().message);
}

Status Drain(BenchContext& bench, EventFeed& feed, const Swarm& swarm, std::uint64_t start_ns) {
  return Drain(
      bench, feed, start_ns, [&swarm] { return swarm.Sum(&Tally::deliveries); },
      [&feed] { return feed.due(); });
}

void HoldStill(BenchContext& bench, const Swarm& swarm, double seconds) {
  const CostMeter meter(bench, {&swarm});
  const std::uint64_t comments_before = swarm.Sum(&Tally::comments);
  Await([&] {
    bench.progress.Show(NowNs(), "seconds held", static_cast<std::uint64_t>(meter.seconds()),
                        static_cast<std::uint64_t>(seconds));
    return meter.seconds() >= seconds;
  });
  bench.report.quiet = QuietReport{.seconds = meter.seconds(),
                                   .comments = swarm.Sum(&Tally::comments) - comments_before,
                                   .server_cpu = meter.server_cpu()};
}

std::optional<double> UserMemory(const BenchContext& bench) {
  const std::vector<pid_t>& pids = bench.options.server_pids;
  const Result<std::uint64_t> bytes = ReadUserMemory(pids);
  if (pids.empty() || !bytes) return std::nullopt;
  return static_cast<double>(*bytes);
}

CostMeter::CostMeter(const BenchContext& bench, std::vector<const Swarm*> swarms)
    : pids_(bench.options.server_pids),
      swarms_(std::move(swarms)),
      start_ns_(NowNs()),
      cpu_(ReadCpuTime(pids_)) {
  for (const Swarm* swarm : swarms_) workers_.push_back(swarm->Times());
}

std::optional<CpuTime> CostMeter::server_cpu() const {
  const Result<CpuTime> now = ReadCpuTime(pids_);
  if (!cpu_ || !now || pids_.empty()) return std::nullopt;
  return CpuTime{now->user_seconds - cpu_->user_seconds,
                 now->system_seconds - cpu_->system_seconds};
}

void CostMeter::Stop(BenchReport& report) const {
  const double wall = seconds();
  report.server_cpu = server_cpu();
  for (std::size_t i = 0; i < swarms_.size(); ++i) {
    FindBusiest(workers_[i], swarms_[i]->Times(), wall, report);
  }
}

void Conclude(BenchContext& bench, Swarm& swarm, std::uint64_t from_ns) {
  swarm.Stop();
  AddUp(swarm, bench.report);
  std::uint64_t last_event_ns = 0;
  for (const Tally* tally : swarm.tallies()) {
    last_event_ns = std::max(last_event_ns, tally->last_event_ns);
  }
  bench.report.seconds = Seconds(from_ns, last_event_ns);
}

}  // namespace ringcast
