#include "redis/source_work.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <utility>

#include "base/log_sink.h"
#include "redis/moment.h"

namespace ringcast {
namespace {

constexpr Millis kFirstBackoff{100};
constexpr Millis kLongestBackoff{10'000};
// Positions are saved so often, and a crash of the daemon repeats no more than this.
constexpr Millis kSaveEvery{1'000};
// At the end: for what was read to be answered by the daemon.
constexpr Millis kFinish{1'000};
// The longest wait without a look at everything.
constexpr Millis kLongestWait{1'000};
// While the daemon's own socket cannot be reached.
constexpr Millis kSocketAgain{50};
// The same trouble is said again so often.
constexpr Millis kTellAgain{60'000};
// Reads of one connection before the other has its turn.
constexpr int kReadsAtOnce = 16;

Backoff MakeBackoff() { return {kFirstBackoff, kLongestBackoff, std::random_device{}()}; }

}  // namespace

RedisSourceWork::RedisSourceWork(Terms terms, RedisSourceStats& stats, RedisPositions& positions)
    : terms_(std::move(terms)),
      stats_(stats),
      positions_(positions),
      feed_(terms_.publish_socket, stats),
      gaps_(terms_.channel_names, feed_, stats, terms_.stop),
      pubsub_(terms_.options, feed_,
              [this](std::vector<std::string> channels) { gaps_.Tell(std::move(channels)); }),
      streams_(terms_.options, positions, feed_, stats,
               [this](std::vector<std::string> channels) { gaps_.Tell(std::move(channels)); }),
      pubsub_link_{{}, MakeBackoff()},
      stream_link_{{}, MakeBackoff()},
      loaded_(terms_.follows_on),
      load_backoff_(MakeBackoff()),
      away_since_(RedisNow()),
      away_log_(4, kTellAgain),
      save_log_(1, std::chrono::minutes(1)) {
  if (!streams_.wanted()) {
    loaded_ = true;
  } else if (terms_.position_file.empty()) {
    loaded_ = true;
    Log(LogLevel::kWarning,
        "redis positions are not kept source=" + stats_.name() +
            "; name a position-file, or streams are read from where `from` says after a restart");
  }
}

bool RedisSourceWork::stopping() const {
  // Relaxed: the flag carries no data.
  return terms_.stop.load(std::memory_order_relaxed);
}

void RedisSourceWork::Run() {
  while (!stopping()) {
    const MonoTime now = RedisNow();
    if (!loaded_ && now >= load_backoff_.next()) LoadPositions();
    KeepOpen(now);
    TellState(now);
    gaps_.Work(now);
    feed_.Work(0);
    SaveIfDue(now);
    Wait();
    Serve(pubsub_link_, pubsub_);
    Serve(stream_link_, streams_);
  }
  Finish();
}

void RedisSourceWork::LoadPositions() {
  Result<RedisPositions> loaded = ringcast::LoadPositions(terms_.position_file);
  if (!loaded) {
    trouble_ = loaded.error().message;
    return load_backoff_.Fail(RedisNow());
  }
  positions_ = saved_ = std::move(*loaded);
  loaded_ = true;
  trouble_.clear();
}

void RedisSourceWork::KeepOpen(MonoTime now) {
  if (pubsub_.wanted()) KeepOpen(pubsub_link_, pubsub_, now);
  if (streams_.wanted() && loaded_) KeepOpen(stream_link_, streams_, now);
}

template <class Reader>
void RedisSourceWork::KeepOpen(Link& link, Reader& reader, MonoTime now) {
  RedisConnection& connection = link.connection;
  if (!connection.is_open()) {
    if (now < link.backoff.next()) return;
    const Status opened = connection.Open(terms_.options, terms_.stop);
    if (!opened) return Lose(link, reader, opened.error().message);
    if (std::exchange(link.was_open, true)) stats_.reconnects.Add();
    if constexpr (std::is_same_v<Reader, PubsubReader>) {
      reader.OnOpened(connection, RedisNow());
    } else {
      reader.OnOpened(RedisNow());
    }
  }
  const Status worked = reader.Work(connection, RedisNow());
  if (!worked) return Lose(link, reader, worked.error().message);
  if (Status written = connection.Write(); !written) Lose(link, reader, written.error().message);
}

template <class Reader>
void RedisSourceWork::Serve(Link& link, Reader& reader) {
  if (!link.connection.is_open()) return;
  TakeReplies(link, reader);
  for (int i = 0; i < kReadsAtOnce && link.connection.is_open() && reader.WantsInput(); ++i) {
    const Result<bool> read = link.connection.Read();
    if (!read) return Lose(link, reader, read.error().message);
    if (!*read) return;
    reader.OnBytes(RedisNow());
    TakeReplies(link, reader);
  }
}

template <class Reader>
void RedisSourceWork::TakeReplies(Link& link, Reader& reader) {
  while (link.connection.is_open() && reader.WantsInput()) {
    const Result<std::unique_ptr<RedisReply>> reply = link.connection.Next();
    if (!reply) return Lose(link, reader, reply.error().message);
    if (!*reply) return;
    const Status taken = reader.OnReply(**reply);
    if (!taken) return Lose(link, reader, taken.error().message);
    // Whatever it is, it speaks: the next failure is the first again.
    link.backoff.Succeed();
  }
}

template <class Reader>
void RedisSourceWork::Lose(Link& link, Reader& reader, const std::string& reason) {
  if (link.connection.too_large()) reader.OnTooLarge(link.connection.TakePartial());
  link.connection.Close();
  link.backoff.Fail(RedisNow());
  trouble_ = reason;
}

void RedisSourceWork::Wait() {
  const MonoTime now = RedisNow();
  MonoTime until = now + kLongestWait;
  std::array<pollfd, 4> entries{{{terms_.wake_fd, POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}}};
  const auto watch = [&](pollfd& entry, bool wanted, const Link& link, const auto& reader) {
    if (!wanted) return;
    if (!link.connection.is_open()) {
      until = std::min(until, link.backoff.next());
      return;
    }
    until = std::min(until, reader.next_work());
    const bool reads = reader.WantsInput();
    // What it says meanwhile would wake again and again.
    if (!reads && !link.connection.sending()) return;
    entry.fd = link.connection.fd();
    entry.events =
        static_cast<short>((reads ? POLLIN : 0) | (link.connection.sending() ? POLLOUT : 0));
  };
  watch(entries[1], pubsub_.wanted(), pubsub_link_, pubsub_);
  watch(entries[2], streams_.wanted() && loaded_, stream_link_, streams_);
  if (!loaded_) until = std::min(until, load_backoff_.next());
  if (!feed_.idle()) {
    if (feed_.fd() < 0) until = std::min(until, now + kSocketAgain);
    entries[3] = {feed_.fd(), static_cast<short>(POLLIN | (feed_.sending() ? POLLOUT : 0)), 0};
  }
  const auto left = std::chrono::ceil<Millis>(until - now).count();
  (void)poll(entries.data(), entries.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
}

void RedisSourceWork::SaveIfDue(MonoTime now) {
  if (terms_.position_file.empty() || !loaded_ || now < next_save_) return;
  next_save_ = now + kSaveEvery;
  Save();
}

void RedisSourceWork::Save() {
  if (positions_ == saved_) return;
  const Status saved = SavePositions(terms_.position_file, positions_);
  if (saved) {
    saved_ = positions_;
  } else if (save_log_.Admit(RedisNow()).admitted) {
    Log(LogLevel::kError, "redis positions not saved source=" + stats_.name() + " " +
                              saved.error().message + "; a restart repeats what came since");
  }
}

void RedisSourceWork::Finish() {
  const MonoTime until = RedisNow() + kFinish;
  while (!feed_.idle() && RedisNow() < until) feed_.Work(20);
  if (!terms_.position_file.empty() && loaded_) Save();
}

// The log hears of each change, though not of all that a flapping server makes, and of a server
// that stays away now and then.
void RedisSourceWork::TellState(MonoTime now) {
  const bool up =
      loaded_ &&
      (!pubsub_.wanted() || (pubsub_link_.connection.is_open() && pubsub_.subscribed())) &&
      (!streams_.wanted() || stream_link_.connection.is_open());
  const bool was_up = stats_.up.Get() != 0;
  const std::string who =
      " source=" + stats_.name() + " address=" + terms_.options.address.ToString();
  if (up) {
    if (was_up) return;
    const auto away_ms = std::chrono::duration_cast<Millis>(now - away_since_).count();
    if (told_away_ || !was_connected_) {
      Log(LogLevel::kInfo, "redis source connected" + who +
                               (told_away_ ? " away_ms=" + std::to_string(away_ms) : ""));
    }
    trouble_.clear();
    stats_.SetTrouble({});
    told_away_ = false;
    was_connected_ = true;
    stats_.up.Set(1);
    return;
  }
  if (was_up) {
    away_since_ = now;
    stats_.up.Set(0);
  }
  if (trouble_.empty()) return;
  stats_.SetTrouble(trouble_);
  if (told_away_ && trouble_ == told_trouble_ && now - told_at_ < kTellAgain) return;
  const LogAdmission admission = away_log_.Admit(now);
  if (!admission.admitted) return;
  told_away_ = true;
  told_trouble_ = trouble_;
  told_at_ = now;
  Log(LogLevel::kWarning, "redis source away" + who + " reason=" + trouble_ + admission.Suffix());
}

}  // namespace ringcast
