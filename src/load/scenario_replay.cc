// replay: events are published, then all connect at once and ask for everything after the first.
// How long the server takes to serve them all from its history, and what that does to subscribers
// that were there all the while (--live).
//
// The server must keep --events events, and with --live those that are published meanwhile. With
// --publish none it has them already, and sends all of them to everybody who comes.
#include <algorithm>
#include <memory>
#include <utility>

#include "load/scenarios.h"
#include "load/verdict.h"

namespace ringcast {
namespace {

class Replay {
 public:
  explicit Replay(BenchContext& bench) : bench_(bench), options_(bench.options) {}

  Status Run() {
    for (const auto step : {&Replay::Prepare, &Replay::StartLive, &Replay::ReplayAll}) {
      if (Status done = (this->*step)(); !done) return done;
    }
    Judge();
    return Done{};
  }

 private:
  // What a client that resumes lacks: all after the first.
  std::uint64_t first_due() const { return bench_.publishes() ? 2 : 1; }
  bool has_live() const { return options_.live_connections > 0; }

  // The scout and the live subscribers connect, the events are published, their ids are learnt.
  Status Prepare() {
    const std::uint64_t all = options_.connections + options_.live_connections;
    if (Status found = FindAddresses(bench_, all); !found) return found;
    if (!bench_.publishes()) return Done{};
    auto feed = OpenFeed(bench_, {.count = options_.replay_events,
                                  .payload_bytes = options_.payload_bytes,
                                  .subscribers = options_.live_connections});
    if (!feed) return feed.error();
    auto scout = SendScout(bench_);
    if (!scout) return scout.error();
    if (has_live()) {
      SwarmOptions subscribing = UsualSwarm(bench_, options_.live_connections);
      subscribing.workers = 1;  // the others are for those that replay
      subscribing.behaviour.tracks_completion = true;
      auto swarm = MakeSwarm(bench_, subscribing);
      if (!swarm) return swarm.error();
      live_ = std::move(*swarm);
      live_->SetStage(Stage::kAfter);  // not counted yet
      if (Status connected = Connect(bench_, *live_); !connected) return connected;
    }
    const std::uint64_t start_ns = StartFeed(**feed);
    const Status published = Drain(
        bench_, **feed, start_ns, [this] { return LiveDeliveries(); },
        [&feed] { return (*feed)->due(); });
    if (!published) return published;
    if (Status learnt = AwaitIds(bench_, **scout, options_.replay_events); !learnt) return learnt;
    first_id_ = (*scout)->ids().Find(1);
    return Done{};
  }

  // Events go on at their rate; the latencies before the replay are taken.
  Status StartLive() {
    if (!has_live()) return Done{};
    auto feed = OpenFeed(bench_, {.rate = options_.rate,
                                  .first = options_.replay_events + 1,
                                  .payload_bytes = options_.payload_bytes,
                                  .subscribers = options_.live_connections});
    if (!feed) return feed.error();
    feed_ = std::move(*feed);
    bench_.report.rate = options_.rate;
    live_->SetStage(Stage::kBefore);
    live_start_ns_ = StartFeed(*feed_);
    return Publishing(bench_, *feed_, *live_, options_.seconds);
  }

  Status ReplayAll() {
    SwarmOptions resuming = UsualSwarm(bench_, options_.connections);
    resuming.behaviour.resume_id = first_id_;
    resuming.behaviour.first_due = first_due();
    resuming.behaviour.mark = &last_old_;
    auto swarm = MakeSwarm(bench_, resuming);
    if (!swarm) return swarm.error();
    swarm_ = std::move(*swarm);
    std::vector<const Swarm*> swarms = {swarm_.get()};
    if (has_live()) swarms.push_back(live_.get());

    const CostMeter meter(bench_, swarms);
    const std::uint64_t live_before = LiveDeliveries();
    last_old_.Set(options_.replay_events + (feed_ ? feed_->published() : 0));
    if (has_live()) live_->SetStage(Stage::kDuring);
    start_ns_ = NowNs();
    if (Status connected = Connect(bench_, *swarm_); !connected) return connected;
    bench_.report.connect_seconds = Seconds(start_ns_, swarm_->LastLiveNs());
    AwaitReplayed();
    meter.Stop(bench_.report);
    replayed_ = swarm_->Sum(&Tally::deliveries);
    bench_.report.cpu_deliveries = replayed_ + LiveDeliveries() - live_before;
    if (!has_live()) return Done{};
    live_->SetStage(Stage::kAfter);
    return EndLive();
  }

  // Until each has had the last of the old events, or none of these comes any more. Once as many
  // deliveries were made as are due they are no sign of it: live ones go on to those who were
  // served.
  void AwaitReplayed() {
    const std::uint64_t due = options_.connections * (last_old_.Get() + 1 - first_due());
    std::uint64_t signs = 0;
    std::uint64_t last_change_ns = NowNs();
    Await([&] {
      const std::uint64_t now_ns = NowNs();
      const std::uint64_t deliveries = std::min(swarm_->Sum(&Tally::deliveries), due);
      const std::uint64_t served = swarm_->Sum(&Tally::marked);
      if (std::exchange(signs, deliveries + served) != deliveries + served) last_change_ns = now_ns;
      bench_.progress.Show(now_ns, "replaying", deliveries, due);
      return served >= options_.connections ||
             Seconds(last_change_ns, now_ns) > options_.drain_seconds;
    });
  }

  // The last events go to all, those that replayed included.
  Status EndLive() {
    feed_->Stop();
    return Drain(
        bench_, *feed_, live_start_ns_,
        [this] { return LiveDeliveries() + swarm_->Sum(&Tally::deliveries); },
        [this] {
          const std::uint64_t events = options_.replay_events + feed_->published();
          return events * options_.live_connections + (events - 1) * options_.connections;
        });
  }

  void Judge() {
    BenchReport& report = bench_.report;
    ReplayReport replay{.events = options_.replay_events,
                        .missed = options_.replay_events + 1 - first_due(),
                        .live = options_.live_connections};
    Conclude(bench_, *swarm_, start_ns_);
    // An old event's age is no latency.
    report.latency_ns.Reset();
    // Only what came until all were served, and that within the time it took.
    report.deliveries = replayed_;
    if (const std::uint64_t last_ns = swarm_->LastMarkedNs(); last_ns != 0) {
      report.seconds = Seconds(start_ns_, last_ns);
    }
    replay.seconds = report.seconds;
    const std::uint64_t end = (bench_.publishes() ? report.published : options_.replay_events) + 1;
    CheckSequences(*swarm_, first_due(), end, report.faults);
    if (has_live()) {
      live_->Stop();
      replay.live_deliveries = LiveDeliveries();
      const auto seen = std::make_unique<BenchReport>();
      AddUp(*live_, *seen);
      CheckSequences(*live_, 1, end, seen->faults);
      report.faults.Add(seen->faults);
      report.ended += seen->ended;
      report.truncated += seen->truncated;
      report.completion_ns.Merge(seen->completion_ns);
      report.shift = ShiftOf(*live_);
      report.latency_ns.Merge(report.shift->during_ns);
    }
    report.replay = replay;
  }

  std::uint64_t LiveDeliveries() const { return live_ ? live_->Sum(&Tally::deliveries) : 0; }

  BenchContext& bench_;
  const BenchOptions& options_;
  Counter last_old_;  // the number of the last event that was there when they connected
  std::string first_id_;
  std::unique_ptr<Swarm> live_;
  std::unique_ptr<Swarm> swarm_;
  std::unique_ptr<EventFeed> feed_;  // of the events that go on
  std::uint64_t live_start_ns_ = 0;
  std::uint64_t start_ns_ = 0;
  std::uint64_t replayed_ = 0;
};

}  // namespace

Status RunReplay(BenchContext& bench) { return std::make_unique<Replay>(bench)->Run(); }

}  // namespace ringcast
