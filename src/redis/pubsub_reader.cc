#include "redis/pubsub_reader.h"

#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

namespace ringcast {
namespace {

void Subscribe(RedisConnection& connection, std::string_view command,
               const std::unordered_map<std::string, std::vector<const EventRule*>>& names) {
  if (names.empty()) return;
  std::vector<std::string_view> words{command};
  for (const auto& [name, rules] : names) words.push_back(name);
  connection.Send(words);
}

}  // namespace

PubsubReader::PubsubReader(const RedisOptions& options, RedisFeed& feed, TellGap tell_gap)
    : feed_(feed), tell_gap_(std::move(tell_gap)) {
  for (const RedisPubsubOptions& rule : options.pubsub) {
    rules_.push_back(std::make_unique<EventRule>(rule.subscribe, rule));
    const EventRule* added = rules_.back().get();
    // A plain name is no pattern: a user may be allowed the one and not the other.
    if (added->pattern().is_literal()) {
      by_name_[added->pattern().literal()].push_back(added);
    } else {
      by_pattern_[rule.subscribe].push_back(added);
    }
  }
}

void PubsubReader::OnOpened(RedisConnection& connection, MonoTime now) {
  unconfirmed_ = by_name_.size() + by_pattern_.size();
  Subscribe(connection, "SUBSCRIBE", by_name_);
  Subscribe(connection, "PSUBSCRIBE", by_pattern_);
  OnBytes(now);
}

void PubsubReader::OnBytes(MonoTime now) {
  silent_since_ = now;
  asked_ = false;
}

Status PubsubReader::Work(RedisConnection& connection, MonoTime now) {
  // While nothing is read no sign can come.
  if (!WantsInput()) OnBytes(now);
  if (now < next_work()) return Done{};
  if (asked_) return Error{"gives no sign of life"};
  asked_ = true;
  connection.Send({"PING"});
  return Done{};
}

Status PubsubReader::OnReply(const RedisReply& reply) {
  if (reply.is_error()) return Error{"refuses the subscription: " + reply.text};
  if (!reply.is_array() || reply.items.empty() || !reply.items[0]->is_text()) {
    return Error{"sends what is no message of a subscription"};
  }
  const std::vector<std::unique_ptr<RedisReply>>& items = reply.items;
  const std::string& kind = items[0]->text;
  if (kind == "pmessage" && items.size() == 4) {
    const auto rules = by_pattern_.find(items[1]->text);
    if (rules != by_pattern_.end()) OnMessage(rules->second, *items[2], *items[3]);
  } else if (kind == "message" && items.size() == 3) {
    const auto rules = by_name_.find(items[1]->text);
    if (rules != by_name_.end()) OnMessage(rules->second, *items[1], *items[2]);
  } else if (kind == "subscribe" || kind == "psubscribe") {
    if (unconfirmed_ == 0) return Error{"confirms more subscriptions than there are"};
    if (--unconfirmed_ > 0) return Done{};
    // From here on nothing is missed; what was sent before may have been.
    std::vector<std::string> channels;
    for (const auto& rule : rules_) {
      std::vector<std::string> fed = rule->Feeds();
      std::move(fed.begin(), fed.end(), std::back_inserter(channels));
    }
    tell_gap_(std::move(channels));
  } else if (kind != "pong") {
    return Error{"sends what is no message of a subscription"};
  }
  return Done{};
}

void PubsubReader::OnMessage(const std::vector<const EventRule*>& rules, const RedisReply& channel,
                             const RedisReply& message) {
  for (const EventRule* rule : rules) {
    const auto captures = rule->Captures(channel.text);
    if (!captures) continue;
    if (message.dropped != RedisReply::Dropped::kNot) {
      feed_.Refuse(RedisRefusal::kTooLarge, channel.text);
      continue;
    }
    const RuleOutcome outcome = rule->Apply(*captures, message.text);
    if (const auto* event = std::get_if<SourcedEvent>(&outcome)) {
      feed_.Give(RedisEventKind::kPubsub, *event);
    } else {
      feed_.Refuse(std::get<RedisRefusal>(outcome), channel.text);
    }
  }
}

void PubsubReader::OnTooLarge(std::unique_ptr<RedisReply> partial) {
  const bool named = partial && partial->is_array() && partial->items.size() >= 2;
  feed_.Refuse(RedisRefusal::kTooLarge, named ? partial->items.back()->text : std::string());
}

}  // namespace ringcast
