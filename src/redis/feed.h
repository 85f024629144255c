// The way of a source's events into the daemon: its publish socket, as any publisher goes, so that
// order, acks and back-pressure hold. Tells whoever waits for it when an entry has been answered.
//
// Threads: the source's.
// Invariants: events are answered in the order in which they were given; what is given and not
// answered yet is bounded: while HasRoom() says no, the source reads nothing.
#pragma once

#include <ringcast/publisher.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log_limiter.h"
#include "redis/event_rule.h"
#include "redis/source_stats.h"

namespace ringcast {

class RedisFeed {
 public:
  RedisFeed(const std::string& publish_socket, RedisSourceStats& stats);

  bool HasRoom() const { return waiting_.size() < kMostWaiting && bytes_ < kMostBytes; }
  // `answered` is called when every channel's event has been answered; with no event at all when
  // everything given before has been. May be empty.
  void Give(RedisEventKind kind, const SourcedEvent& event, std::function<void()> answered = {});
  void Mark(std::function<void()> answered);
  // Counts it, and says it in the log now and then. `what`: the message or entry, in a few words.
  void Refuse(RedisRefusal refusal, std::string_view what);

  // Sends and receives what is possible; waits so long for something to happen if anything is due.
  void Work(int wait_ms);
  bool idle() const { return waiting_.empty(); }
  // For poll(); -1 while there is no connection.
  int fd() const { return publisher_.descriptor(); }
  bool sending() const { return publisher_.sending(); }

 private:
  static constexpr std::size_t kMostWaiting = 4096;
  static constexpr std::size_t kMostBytes = std::size_t{2} << 20;

  struct Waiting {
    RedisEventKind kind = RedisEventKind::kStream;
    std::size_t unanswered = 0;
    std::size_t bytes = 0;
    std::function<void()> answered;
  };
  void OnResult(const PublishResult& result);
  void Settle();

  RedisSourceStats& stats_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
  LogLimiter refused_log_;
  LogLimiter trouble_log_;
  Publisher publisher_;
};

}  // namespace ringcast
