// How a StreamReader finds its streams: keys that rules name, and keys that match their patterns.
#include <algorithm>
#include <utility>

#include "base/log_sink.h"
#include "redis/moment.h"
#include "redis/stream_reader.h"

namespace ringcast {
namespace {

// Each is a part of every XREAD.
constexpr std::size_t kMostStreams = 10'000;

}  // namespace

void StreamReader::BeginSearch(MonoTime now) {
  ++search_;
  next_search_ = now + search_every_;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const GlobPattern& pattern = rules_[i]->events.pattern();
    if (!pattern.is_literal()) {
      if (!searching_) searching_ = i;
      continue;
    }
    if (Find(pattern.literal()) != nullptr) continue;
    const bool first = positions_.searched.insert(pattern.text()).second;
    candidates_.emplace_back(pattern.literal(), first);
  }
  cursor_ = "0";
}

Status StreamReader::OnKeys(const RedisReply& reply) {
  if (reply.is_error()) return RefusalOf("SCAN", reply);
  if (!reply.is_array() || reply.items.size() != 2 || !reply.items[1]->is_array() || !searching_) {
    return NoAnswerTo("SCAN");
  }
  const GlobPattern& pattern = rules_[*searching_]->events.pattern();
  const bool first = !positions_.searched.contains(pattern.text());
  for (const std::unique_ptr<RedisReply>& key : reply.items[1]->items) {
    Stream* stream = Find(key->text);
    if (stream != nullptr) {
      stream->seen = search_;
    } else if (pattern.Matches(key->text)) {
      candidates_.emplace_back(key->text, first);
    }
  }
  cursor_ = reply.items[0]->text;
  if (cursor_ != "0") return Done{};
  positions_.searched.insert(pattern.text());
  do {
    ++*searching_;
  } while (*searching_ < rules_.size() && rules_[*searching_]->events.pattern().is_literal());
  if (*searching_ == rules_.size()) EndSearch();
  return Done{};
}

// Streams that were found and are gone are forgotten: should one come again, it is a new one.
void StreamReader::EndSearch() {
  searching_.reset();
  for (auto at = streams_.begin(); at != streams_.end();) {
    const Stream& stream = at->second;
    const bool gone = !stream.exact && stream.seen != search_ && stream.on_their_way == 0;
    if (gone) positions_.streams.erase(stream.key);
    at = gone ? streams_.erase(at) : std::next(at);
  }
  stats_.streams.Set(streams_.size());
}

Status StreamReader::OnType(const Question& question, const RedisReply& reply) {
  if (reply.is_error()) return RefusalOf("TYPE", reply);
  const bool exact =
      std::any_of(rules_.begin(), rules_.end(), [&question](const std::unique_ptr<Rule>& rule) {
        const GlobPattern& pattern = rule->events.pattern();
        return pattern.is_literal() && pattern.literal() == question.key;
      });
  Stream* stream = Find(question.key);
  if (reply.text == "stream" || (reply.text == "none" && exact)) {
    if (stream == nullptr) Add(question.key, reply.text == "stream", question.first);
    return Done{};
  }
  // Once it is no stream it is looked at again with each search.
  if (stream != nullptr && stream->on_their_way == 0) {
    positions_.streams.erase(question.key);
    streams_.erase(question.key);
    stats_.streams.Set(streams_.size());
  }
  if (reply.text == "none") return Done{};
  const LogAdmission admission = wrong_kind_log_.Admit(RedisNow());
  if (admission.admitted) {
    Log(LogLevel::kWarning, "redis key is no stream source=" + stats_.name() +
                                " key=" + question.key + " type=" + reply.text +
                                "; name another key, or delete this one" + admission.Suffix());
  }
  return Done{};
}

void StreamReader::Add(const std::string& key, bool exists, bool first) {
  if (streams_.size() >= kMostStreams) {
    const LogAdmission admission = wrong_kind_log_.Admit(RedisNow());
    if (admission.admitted) {
      Log(LogLevel::kWarning, "redis stream left out source=" + stats_.name() + " key=" + key +
                                  "; there are " + std::to_string(kMostStreams) +
                                  " already, write a narrower pattern" + admission.Suffix());
    }
    return;
  }
  Stream& stream = streams_[key];
  stream.key = key;
  stream.seen = search_;
  RedisStreamStart from = RedisStreamStart::kLast;
  for (const std::unique_ptr<Rule>& rule : rules_) {
    auto captures = rule->events.Captures(key);
    if (!captures) continue;
    if (stream.rules.empty()) from = rule->from;
    if (rule->events.pattern().is_literal()) stream.exact = true;
    stream.rules.emplace_back(&rule->events, std::move(*captures));
  }
  const auto kept = positions_.streams.find(key);
  if (kept != positions_.streams.end()) {
    stream.progress = {.read = kept->second, .checked = kept->second.id};
  } else if (first && exists && from == RedisStreamStart::kLast) {
    stream.unresolved = true;
  } else {
    // From its start: one that has come into being since all were looked for is all new.
    if (!first || !exists) stream.progress.read.added = 0;
    Keep(stream);
  }
  stats_.streams.Set(streams_.size());
}

}  // namespace ringcast
