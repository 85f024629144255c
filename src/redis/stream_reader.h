// The entries of a source's streams: finds the keys of its patterns, reads them with one blocking
// XREAD, gives each entry to the feed, and moves a stream's position when the daemon has answered.
//
// The parts are in files of their own: stream_reader.cc (rounds), stream_search.cc (keys),
// stream_entries.cc (entries).
//
// All commands of a round go out together, and the next round begins when all are answered and
// every entry has been given. A round may hold a step of the search for keys, questions for what a
// key holds, questions for how much has been added to a stream (XINFO), and the XREAD.
//
// Threads: the source's.
// Invariants: the entries of a stream are given in their order, each once while the source runs,
// also when the connection breaks; the position moves only over entries that were answered. What
// was trimmed before it was read is told as a gap before what comes after it, as far as the server
// counts its entries (stream_check.h).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log_limiter.h"
#include "base/result.h"
#include "base/time.h"
#include "config/redis_options.h"
#include "redis/connection.h"
#include "redis/event_rule.h"
#include "redis/feed.h"
#include "redis/positions.h"
#include "redis/stream_check.h"

namespace ringcast {

class StreamReader {
 public:
  using TellGap = std::function<void(std::vector<std::string> channels)>;

  // `positions`: where to begin; kept up to date. All but the options must outlive it.
  StreamReader(const RedisOptions& options, RedisPositions& positions, RedisFeed& feed,
               RedisSourceStats& stats, TellGap tell_gap);

  bool wanted() const { return !rules_.empty(); }
  // While it says no, nothing may be read.
  bool WantsInput() const { return entries_.empty() && feed_.HasRoom(); }

  void OnOpened(MonoTime now);
  // The error says why the connection is of no use.
  Status OnReply(const RedisReply& reply);
  // The connection ended on a value that is too large to be read; what came before it is given.
  void OnTooLarge(std::unique_ptr<RedisReply> partial);
  void OnBytes(MonoTime now) { heard_at_ = now; }
  // Gives entries, and begins the next round when it is time. The error: no answer has come.
  Status Work(RedisConnection& connection, MonoTime now);
  // When there is something to do though nothing has come.
  MonoTime next_work() const;

 private:
  struct Stream {
    std::string key;
    bool exact = false;  // named by a rule, and not found by a pattern
    std::vector<std::pair<const EventRule*, std::vector<std::string>>> rules;
    StreamProgress progress;       // up to the last entry read
    bool unresolved = false;       // it is read from its end, which is to be asked for
    bool unchecked = true;         // entries came, or the connection is new
    bool unaskable = false;        // what XINFO would show is too large to be read
    std::uint64_t lag = 0;         // entries that were not read, when it was checked
    std::uint64_t seen = 0;        // the search that found it last
    std::uint64_t generation = 0;  // of the entries: grows when the stream is another one
    std::uint64_t unanswered = 0;  // entries of this generation read and not answered
    std::size_t on_their_way = 0;  // entries of all generations
  };
  struct Entry {
    Stream* stream;
    StreamId id;
    std::optional<SourceFields> fields;  // none: too large
  };
  enum class Asked { kSearch, kType, kEnd, kCheck, kRead };
  struct Question {
    Asked asked;
    std::string key;
    bool first = false;  // kType: found by the first search for its pattern
  };

  void BeginSearch(MonoTime now);
  void EndSearch();
  void AskRound(RedisConnection& connection, MonoTime now);
  void AskRead(RedisConnection& connection, Millis block);
  void GiveEntries();
  void Give(const Entry& entry);
  void OnAnswered(Stream& stream, StreamId id, std::uint64_t generation);

  Status OnKeys(const RedisReply& reply);
  Status OnType(const Question& question, const RedisReply& reply);
  Status OnEnd(Stream& stream, const RedisReply& reply);
  Status OnCheck(Stream& stream, const RedisReply& reply);
  Status OnRead(const RedisReply& reply);
  Status TakeEntries(Stream& stream, const RedisReply& entries, bool& any);
  void Add(const std::string& key, bool exists, bool first);
  void Keep(const Stream& stream);
  void CountLag();
  Stream* Find(const std::string& key);

  struct Rule {
    EventRule events;
    RedisStreamStart from;
  };

  RedisPositions& positions_;
  RedisFeed& feed_;
  RedisSourceStats& stats_;
  const TellGap tell_gap_;
  const Millis search_every_;
  std::vector<std::unique_ptr<Rule>> rules_;
  std::map<std::string, Stream> streams_;
  std::deque<Entry> entries_;       // read and not given
  std::deque<Question> questions_;  // without an answer
  MonoTime heard_at_{};
  Millis block_{0};  // that the round may take by itself

  // The search for keys.
  std::uint64_t search_ = 0;              // the number of the one under way, or of the last one
  std::optional<std::size_t> searching_;  // the rule whose keys are looked for
  std::string cursor_;
  MonoTime next_search_{};
  std::deque<std::pair<std::string, bool>> candidates_;  // keys of whatever kind; found first?
  LogLimiter wrong_kind_log_;
};

}  // namespace ringcast
