#include "load/bench_run.h"

#include <sysexits.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <utility>

#include "load/bench_event.h"
#include "load/event_feed.h"
#include "load/swarm.h"
#include "load/target.h"
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
// The first event is due so long after the start of the measurement: all threads are up by then.
constexpr std::uint64_t kLeadNs = 100'000'000;
// A target that makes its own events begins within this time, and has ended when none came for
// that.
constexpr double kOwnStartPatience = 60;
constexpr double kOwnEndPatience = 2;
// Bytes on the way from the publisher when it is not paced: twice what the server lets a channel be
// ahead of its subscribers, so that it never waits for the publisher.
constexpr std::size_t kSaturateWindow = 128 * 1024;

std::uint64_t NowNs() {
  return static_cast<std::uint64_t>(MonotonicNow().time_since_epoch().count());
}
double Seconds(std::uint64_t from_ns, std::uint64_t to_ns) {
  return to_ns > from_ns ? static_cast<double>(to_ns - from_ns) / 1e9 : 0;
}

class Run {
 public:
  Run(const BenchOptions& options, void (*on_progress)(const std::string& line))
      : options_(options), on_progress_(on_progress) {}

  std::variant<BenchReport, BenchFailure> Go() {
    for (const auto step : {&Run::SetUp, &Run::Connect, &Run::Measure}) {
      if (Status done = (this->*step)(); !done)
        return BenchFailure{exit_code_, done.error().message};
    }
    Judge();
    return std::move(report_);
  }

 private:
  bool publishes() const { return options_.publish != "none"; }
  bool holds() const { return options_.scenario == Scenario::kHold; }

  Status Fail(int exit_code, std::string message) {
    exit_code_ = exit_code;
    return Error{std::move(message)};
  }

  Status SetUp() {
    RaiseFileLimit();
    Result<Target> target = FindTarget(options_.target, options_.spread, options_.connections);
    if (!target) return Fail(EX_USAGE, target.error().message);
    target_ = std::move(*target);
    if (publishes() && !holds()) {
      const bool saturates = options_.scenario == Scenario::kSaturate;
      EventSinkOptions sink{
          .where = options_.publish,
          .channel = options_.channel.empty() ? target_.channel : options_.channel,
          .body = options_.publish_body};
      if (saturates) sink.window_bytes = std::max(kSaturateWindow, 4 * options_.payload_bytes);
      Result<std::unique_ptr<EventSink>> opened = EventSink::Open(sink);
      if (!opened) return Fail(EX_UNAVAILABLE, opened.error().message);
      feed_ = std::make_unique<EventFeed>(EventFeedOptions{.rate = saturates ? 0 : options_.rate,
                                                           .seconds = options_.seconds,
                                                           .payload_bytes = options_.payload_bytes},
                                          std::move(*opened));
    }
    const auto cores = static_cast<unsigned>(AllowedCores().size());
    const SwarmOptions swarm{
        .connections = options_.connections,
        .workers = options_.workers > 0 ? options_.workers : std::min(cores, 2u),
        .connect_rate = options_.connect_rate,
        .payload_bytes = publishes() ? static_cast<std::uint32_t>(options_.payload_bytes) : 0,
        .large_receives = options_.scenario == Scenario::kSaturate};
    Result<std::unique_ptr<Swarm>> made = Swarm::Create(swarm, target_);
    if (!made) return Fail(EX_OSERR, made.error().message);
    swarm_ = std::move(*made);
    report_.scenario = options_.scenario;
    report_.target = options_.target;
    report_.payload_bytes = options_.payload_bytes;
    report_.rate = options_.scenario == Scenario::kFanout ? options_.rate : 0;
    report_.workers = swarm.workers;
    return Done{};
  }

  Status Connect() {
    const Result<std::uint64_t> user_before = ReadUserMemory(options_.server_pids);
    if (!user_before) return Fail(EX_USAGE, "--server-pid: " + user_before.error().message);
    const KernelMemory kernel_before = ReadKernelMemory();
    connect_start_ns_ = NowNs();
    swarm_->Start();
    std::uint64_t live = 0;
    std::uint64_t last_change_ns = connect_start_ns_;
    while (live < options_.connections) {
      SleepUntil(MonotonicNow() + kLook);
      const std::uint64_t now_ns = NowNs();
      if (std::exchange(live, swarm_->Sum(&Tally::live)) != live) last_change_ns = now_ns;
      Progress("connecting", live, options_.connections);
      if (swarm_->Sum(&Tally::failed) > 0 || Seconds(last_change_ns, now_ns) > kConnectPatience) {
        return ExplainConnect(live);
      }
    }
    // A target that makes its own events begins at once, and the measurement with it.
    if (feed_ || holds()) SleepUntil(MonotonicNow() + kSettle);
    const Result<std::uint64_t> user_after = ReadUserMemory(options_.server_pids);
    const KernelMemory kernel_after = ReadKernelMemory();
    const auto count = static_cast<double>(options_.connections);
    const auto growth = [count](std::uint64_t before, std::uint64_t after) {
      return (static_cast<double>(after) - static_cast<double>(before)) / count;
    };
    if (user_after && !options_.server_pids.empty()) {
      report_.user_bytes = growth(*user_before, *user_after);
    }
    report_.kernel_bytes = growth(kernel_before.total(), kernel_after.total());
    report_.slab_bytes = growth(kernel_before.slab, kernel_after.slab);
    report_.other_bytes = growth(kernel_before.other, kernel_after.other);
    report_.buffer_bytes = growth(kernel_before.buffers, kernel_after.buffers);
    return Done{};
  }

  Status ExplainConnect(std::uint64_t live) {
    swarm_->Stop();
    std::string why = WhyConnectionsFailed(*swarm_);
    if (why.empty()) {
      why = "no response for " + std::to_string(static_cast<int>(kConnectPatience)) + " s";
    } else if (target_.addresses.size() > 1) {
      why += " (connections spread over " + std::to_string(target_.addresses.size()) +
             " addresses: the server must listen on all of them, 0.0.0.0, or take --spread 1)";
    }
    return Fail(EX_UNAVAILABLE, std::to_string(live) + " of " +
                                    std::to_string(options_.connections) +
                                    " connections came to a stream: " + why);
  }

  Status Measure() {
    const Result<CpuTime> cpu_before = ReadCpuTime(options_.server_pids);
    const std::vector<WorkerTime> before = swarm_->Times();
    const std::uint64_t start_ns = NowNs();
    measured_from_ns_ = start_ns;
    Status outcome = Done{};
    if (holds()) {
      Hold(start_ns);
    } else if (feed_) {
      measured_from_ns_ += kLeadNs;
      outcome = Feed(start_ns + kLeadNs);
    } else {
      outcome = Watch(start_ns);
    }
    const std::uint64_t end_ns = NowNs();
    const Result<CpuTime> cpu_after = ReadCpuTime(options_.server_pids);
    const std::vector<WorkerTime> after = swarm_->Times();
    if (cpu_before && cpu_after && !options_.server_pids.empty()) {
      report_.server_cpu = {cpu_after->user_seconds - cpu_before->user_seconds,
                            cpu_after->system_seconds - cpu_before->system_seconds};
    }
    const double wall = Seconds(start_ns, end_ns);
    FindBusiest(before, after, wall, report_);
    report_.ended = swarm_->Sum(&Tally::ended);
    swarm_->Stop();
    if (holds()) report_.seconds = wall;
    return outcome;
  }

  void Hold(std::uint64_t start_ns) {
    std::uint64_t now_ns = start_ns;
    while (Seconds(start_ns, now_ns) < options_.seconds) {
      SleepUntil(MonotonicNow() + kLook);
      now_ns = NowNs();
      const std::uint64_t live = swarm_->Sum(&Tally::live) - swarm_->Sum(&Tally::ended);
      Progress("holding", live, options_.connections);
    }
  }

  Status Feed(std::uint64_t start_ns) {
    feed_->Start(start_ns);
    Deliveries seen{.changed_ns = start_ns};
    while (true) {
      SleepUntil(MonotonicNow() + kLook);
      const bool finished = feed_->finished();  // looked at first: then `published` is final
      const std::uint64_t due = feed_->published() * options_.connections;
      Look(seen);
      Progress("deliveries", seen.count, due);
      if (!finished) {
        seen.changed_ns = NowNs();
        continue;
      }
      if (report_.publish_seconds == 0) report_.publish_seconds = Seconds(start_ns, NowNs());
      if (seen.count >= due || Seconds(seen.changed_ns, NowNs()) > options_.drain_seconds) break;
    }
    report_.published = feed_->published();
    const Status outcome = feed_->Join();
    return outcome ? outcome : Fail(EX_UNAVAILABLE, outcome.error().message);
  }

  // The target publishes by itself.
  Status Watch(std::uint64_t start_ns) {
    Deliveries seen{.changed_ns = start_ns};
    while (true) {
      SleepUntil(MonotonicNow() + kLook);
      Look(seen);
      const std::uint64_t now_ns = NowNs();
      const double quiet = Seconds(seen.changed_ns, now_ns);
      Progress("deliveries", seen.count, 0);
      if (swarm_->Sum(&Tally::ended) >= options_.connections) break;
      if (seen.count == 0) {
        if (quiet > kOwnStartPatience) {
          return Fail(EX_UNAVAILABLE, "the target sent no event; name one to --publish to");
        }
        continue;
      }
      measured_from_ns_ = swarm_->FirstEventNs();
      if (quiet > kOwnEndPatience) break;
      if (Seconds(measured_from_ns_, now_ns) > options_.seconds + options_.drain_seconds) {
        report_.tails_checked = false;
        break;
      }
    }
    return Done{};
  }

  struct Deliveries {
    std::uint64_t count = 0;
    std::uint64_t changed_ns = 0;
  };
  void Look(Deliveries& seen) {
    const std::uint64_t count = swarm_->Sum(&Tally::deliveries);
    if (std::exchange(seen.count, count) != count) seen.changed_ns = NowNs();
  }

  void Judge() {
    AddUp(*swarm_, report_);
    CheckSequences(*swarm_, report_);
    std::uint64_t last_live_ns = 0;
    std::uint64_t last_event_ns = 0;
    for (const Tally* tally : swarm_->tallies()) {
      last_live_ns = std::max(last_live_ns, tally->last_live_ns);
      last_event_ns = std::max(last_event_ns, tally->last_event_ns);
    }
    report_.connect_seconds = Seconds(connect_start_ns_, last_live_ns);
    if (!holds()) report_.seconds = Seconds(measured_from_ns_, last_event_ns);
  }

  void Progress(const char* what, std::uint64_t count, std::uint64_t of) {
    const std::uint64_t now_ns = NowNs();
    constexpr std::uint64_t kEveryNs = 250'000'000;
    if (on_progress_ == nullptr || now_ns - last_progress_ns_ < kEveryNs) return;
    last_progress_ns_ = now_ns;
    std::array<char, 80> line;
    if (of > 0) {
      std::snprintf(line.data(), line.size(), "%s %llu of %llu", what,
                    static_cast<unsigned long long>(count), static_cast<unsigned long long>(of));
    } else {
      std::snprintf(line.data(), line.size(), "%s %llu", what,
                    static_cast<unsigned long long>(count));
    }
    on_progress_(line.data());
  }

  const BenchOptions& options_;
  void (*const on_progress_)(const std::string& line);
  Target target_;
  std::unique_ptr<EventFeed> feed_;
  std::unique_ptr<Swarm> swarm_;
  BenchReport report_;
  int exit_code_ = EX_OK;
  std::uint64_t connect_start_ns_ = 0;
  std::uint64_t measured_from_ns_ = 0;
  std::uint64_t last_progress_ns_ = 0;
};

}  // namespace

std::variant<BenchReport, BenchFailure> RunScenario(const BenchOptions& options,
                                                    void (*on_progress)(const std::string& line)) {
  return std::make_unique<Run>(options, on_progress)->Go();
}

}  // namespace ringcast
