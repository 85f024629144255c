#include "redis/stream_reader.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace ringcast {
namespace {

// Longest time that XREAD waits in the server, and how long any answer may take beyond what it was
// asked to wait.
constexpr Millis kLongestBlock{5'000};
constexpr Millis kPatience{5'000};
// Entries of one stream in one answer.
constexpr std::string_view kEntriesAtOnce = "128";
// Questions of one kind in one round.
constexpr std::size_t kQuestionsAtOnce = 256;

bool IsMissingKey(const RedisReply& reply) {
  return reply.is_error() && reply.text.find("no such key") != std::string::npos;
}

}  // namespace

StreamReader::StreamReader(const RedisOptions& options, RedisPositions& positions, RedisFeed& feed,
                           RedisSourceStats& stats, TellGap tell_gap)
    : positions_(positions),
      feed_(feed),
      stats_(stats),
      tell_gap_(std::move(tell_gap)),
      search_every_(options.scan_interval),
      wrong_kind_log_(1, std::chrono::minutes(1)) {
  std::vector<RedisStreamOptions> rules = options.streams;
  for (const RedisBullmqOptions& bullmq : options.bullmq) rules.push_back(StreamOf(bullmq));
  for (const RedisStreamOptions& rule : rules) {
    rules_.push_back(std::make_unique<Rule>(Rule{EventRule(rule.key, rule), rule.from}));
  }
}

void StreamReader::OnOpened(MonoTime now) {
  questions_.clear();
  searching_.reset();
  candidates_.clear();
  next_search_ = now;
  heard_at_ = now;
  for (auto& [key, stream] : streams_) stream.unchecked = true;
}

MonoTime StreamReader::next_work() const {
  if (!questions_.empty()) return heard_at_ + block_ + kPatience;
  return next_search_;
}

Status StreamReader::Work(RedisConnection& connection, MonoTime now) {
  GiveEntries();
  if (!questions_.empty()) {
    // While nothing is read no answer can come.
    if (!WantsInput()) heard_at_ = now;
    if (now >= next_work()) return Error{"gives no answer"};
    return Done{};
  }
  if (!WantsInput()) return Done{};
  if (!searching_ && now >= next_search_) BeginSearch(now);
  AskRound(connection, now);
  return Done{};
}

void StreamReader::AskRound(RedisConnection& connection, MonoTime now) {
  const auto ask_about = [&](Asked asked, Stream& stream) {
    connection.Send({"XINFO", "STREAM", stream.key});
    questions_.push_back({asked, stream.key});
  };
  bool more = searching_.has_value();
  for (std::size_t i = 0; i < kQuestionsAtOnce && !candidates_.empty(); ++i) {
    connection.Send({"TYPE", candidates_.front().first});
    questions_.push_back({Asked::kType, candidates_.front().first, candidates_.front().second});
    candidates_.pop_front();
    more = true;
  }
  std::size_t checks = 0;
  for (auto& [key, stream] : streams_) {
    if (checks == kQuestionsAtOnce) break;
    if (stream.unresolved) {
      ask_about(Asked::kEnd, stream);
      more = true;
      ++checks;
    } else if (stream.unchecked && !stream.unaskable) {
      ask_about(Asked::kCheck, stream);
      ++checks;
    }
  }
  if (searching_) {
    connection.Send(
        {"SCAN", cursor_, "MATCH", rules_[*searching_]->events.pattern().text(), "COUNT", "1000"});
    questions_.push_back({Asked::kSearch, {}});
  }
  const Nanos until_search = next_search_ - now;
  const auto block = std::chrono::duration_cast<Millis>(until_search) + Millis(1);
  AskRead(connection, more ? Millis(0) : std::clamp(block, Millis(1), kLongestBlock));
  heard_at_ = now;
}

// `block`: 0: does not wait at all.
void StreamReader::AskRead(RedisConnection& connection, Millis block) {
  block_ = Millis(0);
  std::vector<std::string> ids;
  std::vector<std::string_view> keys;
  for (const auto& [key, stream] : streams_) {
    if (stream.unresolved) continue;
    keys.push_back(stream.key);
    ids.push_back(stream.progress.read.id.ToString());
  }
  if (keys.empty()) return;
  const std::string block_ms = std::to_string(block.count());
  std::vector<std::string_view> words{"XREAD", "COUNT", kEntriesAtOnce};
  if (block.count() > 0) words.insert(words.end(), {"BLOCK", block_ms});
  words.emplace_back("STREAMS");
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), ids.begin(), ids.end());
  connection.Send(words);
  questions_.push_back({Asked::kRead, {}});
  block_ = block;
}

Status StreamReader::OnReply(const RedisReply& reply) {
  if (questions_.empty()) return Error{"answers without being asked"};
  const Question question = std::move(questions_.front());
  questions_.pop_front();
  switch (question.asked) {
    case Asked::kSearch:
      return OnKeys(reply);
    case Asked::kType:
      return OnType(question, reply);
    case Asked::kEnd:
      if (Stream* stream = Find(question.key)) return OnEnd(*stream, reply);
      return Done{};
    case Asked::kCheck:
      if (Stream* stream = Find(question.key)) return OnCheck(*stream, reply);
      return Done{};
    case Asked::kRead:
      return OnRead(reply);
  }
  return Done{};
}

Status StreamReader::OnEnd(Stream& stream, const RedisReply& reply) {
  if (IsMissingKey(reply)) {
    stream.progress.read.added = 0;  // it has gone, and what comes into being will be new
  } else if (reply.is_error()) {
    return RefusalOf("XINFO STREAM", reply);
  } else {
    const std::optional<StreamInfo> info = ReadStreamInfo(reply);
    if (!info) return NoAnswerTo("XINFO STREAM");
    stream.progress = {.read = {.id = info->last, .added = info->added}, .checked = info->last};
  }
  stream.unresolved = false;
  stream.unchecked = false;
  Keep(stream);
  return Done{};
}

Status StreamReader::OnCheck(Stream& stream, const RedisReply& reply) {
  stream.unchecked = false;
  StreamVerdict verdict;
  if (IsMissingKey(reply)) {
    // What it held when it was deleted nobody can tell. Another one may come.
    verdict.lost = stream.progress.read.added.value_or(1) != 0;
    stream.progress.read.added = 0;
    stream.progress.checked = {};
    stream.lag = 0;
  } else if (reply.is_error()) {
    return RefusalOf("XINFO STREAM", reply);
  } else {
    const std::optional<StreamInfo> info = ReadStreamInfo(reply);
    if (!info) return NoAnswerTo("XINFO STREAM");
    verdict = CheckStream(*info, stream.progress);
    const std::optional<std::uint64_t>& read = stream.progress.read.added;
    stream.lag = info->added && read ? *info->added - std::min(*read, *info->added) : 0;
  }
  CountLag();
  if (verdict.another) {
    ++stream.generation;
    stream.unanswered = 0;
  }
  Keep(stream);
  if (!verdict.lost) return Done{};
  std::vector<std::string> channels;
  for (const auto& [rule, captures] : stream.rules) {
    std::vector<std::string> fed = rule->Feeds(captures);
    std::move(fed.begin(), fed.end(), std::back_inserter(channels));
  }
  tell_gap_(std::move(channels));
  return Done{};
}

void StreamReader::CountLag() {
  std::uint64_t lag = 0;
  for (const auto& [key, stream] : streams_) lag += stream.lag;
  stats_.lag.Set(lag);
}

StreamReader::Stream* StreamReader::Find(const std::string& key) {
  const auto found = streams_.find(key);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace ringcast
