// What a source's thread does: keeps the connections, moves what they bring into the daemon, and
// saves positions. See source.h.
//
// Threads: the source's.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/log_limiter.h"
#include "base/time.h"
#include "config/redis_options.h"
#include "redis/backoff.h"
#include "redis/connection.h"
#include "redis/feed.h"
#include "redis/gap_teller.h"
#include "redis/positions.h"
#include "redis/pubsub_reader.h"
#include "redis/source_stats.h"
#include "redis/stream_reader.h"

namespace ringcast {

class RedisSourceWork {
 public:
  struct Terms {
    const RedisOptions& options;
    std::string publish_socket;
    std::string position_file;  // empty: positions are not saved
    bool follows_on = false;    // the positions are given, and not to be read from the file
    ChannelNames channel_names;
    const std::atomic<bool>& stop;
    int wake_fd = -1;  // readable when `stop` is to be looked at
  };

  RedisSourceWork(Terms terms, RedisSourceStats& stats, RedisPositions& positions);

  // Returns some time after `stop` has turned true.
  void Run();
  // Whether the positions are those of the streams, and not only what they would begin with.
  bool knows_positions() const { return loaded_; }

 private:
  struct Link {
    RedisConnection connection;
    Backoff backoff;
    bool was_open = false;
  };

  void LoadPositions();
  void KeepOpen(MonoTime now);
  template <class Reader>
  void KeepOpen(Link& link, Reader& reader, MonoTime now);
  template <class Reader>
  void Serve(Link& link, Reader& reader);
  template <class Reader>
  void TakeReplies(Link& link, Reader& reader);
  template <class Reader>
  void Lose(Link& link, Reader& reader, const std::string& reason);
  void Wait();
  void SaveIfDue(MonoTime now);
  void Save();
  void Finish();
  void TellState(MonoTime now);
  bool stopping() const;

  const Terms terms_;
  RedisSourceStats& stats_;
  RedisPositions& positions_;
  RedisFeed feed_;
  GapTeller gaps_;
  PubsubReader pubsub_;
  StreamReader streams_;
  Link pubsub_link_;
  Link stream_link_;
  bool loaded_ = false;
  Backoff load_backoff_;
  RedisPositions saved_;
  MonoTime next_save_{};
  std::string trouble_;  // why it is away; empty: it is not
  bool told_away_ = false;
  std::string told_trouble_;
  MonoTime told_at_{};
  bool was_connected_ = false;
  MonoTime away_since_{};
  LogLimiter away_log_;
  LogLimiter save_log_;
};

}  // namespace ringcast
