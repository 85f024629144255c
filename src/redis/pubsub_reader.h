// The messages of a source's [[redis.pubsub]] rules: subscribes, turns each message into events,
// and notices a server that hangs. Redis keeps no message for who is away, so each time the
// subscription begins, every channel that may have missed one is told a gap.
//
// Threads: the source's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/redis_options.h"
#include "redis/connection.h"
#include "redis/event_rule.h"
#include "redis/feed.h"

namespace ringcast {

class PubsubReader {
 public:
  using TellGap = std::function<void(std::vector<std::string> channels)>;

  PubsubReader(const RedisOptions& options, RedisFeed& feed, TellGap tell_gap);

  bool wanted() const { return !rules_.empty(); }
  bool subscribed() const { return unconfirmed_ == 0; }
  // While it says no, nothing may be read.
  bool WantsInput() const { return feed_.HasRoom(); }

  void OnOpened(RedisConnection& connection, MonoTime now);
  // The error says why the connection is of no use.
  Status OnReply(const RedisReply& reply);
  // The connection ended on a message that is too large to be read.
  void OnTooLarge(std::unique_ptr<RedisReply> partial);
  void OnBytes(MonoTime now);
  // Asks for a sign of life when it is time. The error: there was none.
  Status Work(RedisConnection& connection, MonoTime now);
  MonoTime next_work() const {
    return asked_ ? silent_since_ + 2 * kQuiet : silent_since_ + kQuiet;
  }

 private:
  // A server that is quiet for so long is asked, and has as long again to answer.
  static constexpr Millis kQuiet{5'000};

  void OnMessage(const std::vector<const EventRule*>& rules, const RedisReply& channel,
                 const RedisReply& message);

  RedisFeed& feed_;
  const TellGap tell_gap_;
  std::vector<std::unique_ptr<EventRule>> rules_;
  std::unordered_map<std::string, std::vector<const EventRule*>> by_name_;
  std::unordered_map<std::string, std::vector<const EventRule*>> by_pattern_;
  std::size_t unconfirmed_ = 0;  // subscriptions
  MonoTime silent_since_{};
  bool asked_ = false;
};

}  // namespace ringcast
