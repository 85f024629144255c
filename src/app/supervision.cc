#include "app/supervision.h"

#include <algorithm>
#include <chrono>

#include "base/log_sink.h"

namespace ringcast {
namespace {

constexpr Millis kStatusEvery{5'000};
constexpr Millis kStatusEveryWhileDraining{1'000};
// Messages within a watchdog timeout: one that comes late, on a busy machine, is not the last.
constexpr int kFeedsInATimeout = 4;

}  // namespace

Supervision::Supervision(ServiceManager& service, const Server& server, MonoTime now)
    : service_(service), server_(server), all_beat_at_(now), status_at_(now) {
  for (const Server::WatchedThread& thread : server.Threads()) {
    threads_.push_back({thread.name, thread.pulse});
  }
}

Millis Supervision::look_again() const {
  if (service_.watchdog_timeout().count() == 0) return Millis::max();
  return std::max(service_.watchdog_timeout() / kFeedsInATimeout, Millis(1));
}

void Supervision::Look(MonoTime now) {
  if (service_.watchdog_timeout().count() > 0) FeedIfAllBeat(now);
  if (now - status_at_ >= (draining_ ? kStatusEveryWhileDraining : kStatusEvery)) TellStatus(now);
}

void Supervision::NoteDraining(MonoTime now) {
  draining_ = true;
  TellStatus(now);
}

void Supervision::FeedIfAllBeat(MonoTime now) {
  if (now - all_beat_at_ < look_again()) return;
  std::string silent;
  for (const Watched& thread : threads_) {
    if (thread.pulse->ended() || thread.pulse->beats() != thread.seen) continue;
    silent += (silent.empty() ? "" : ",") + thread.name;
  }
  if (!silent.empty()) {
    // Half of the timeout without a beat is no accident of scheduling any more.
    if (silent == told_silent_ || now - all_beat_at_ < service_.watchdog_timeout() / 2) return;
    told_silent_ = silent;
    const auto since = std::chrono::duration_cast<Millis>(now - all_beat_at_);
    return Log(LogLevel::kError, "watchdog not fed: standing still threads=" + silent +
                                     " for_ms=" + std::to_string(since.count()));
  }
  for (Watched& thread : threads_) thread.seen = thread.pulse->beats();
  if (!told_silent_.empty()) Log(LogLevel::kWarning, "watchdog fed again: all threads go round");
  told_silent_.clear();
  all_beat_at_ = now;
  service_.FeedWatchdog();
}

void Supervision::TellStatus(MonoTime now) {
  const Server::Figures figures = server_.ReadFigures();
  if (draining_) {
    service_.TellStatus("draining, " + std::to_string(figures.connections) + " connections left");
  } else {
    const double seconds = std::chrono::duration<double>(now - status_at_).count();
    const double rate = static_cast<double>(figures.published - published_) / seconds;
    service_.TellStatus(std::to_string(figures.connections) + " connections, " +
                        std::to_string(figures.channels) + " channels, " +
                        std::to_string(static_cast<std::uint64_t>(rate + 0.5)) + " events/s");
  }
  published_ = figures.published;
  status_at_ = now;
}

}  // namespace ringcast
