#include "config/redis_options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "base/units.h"
#include "config/redis_tables.h"
#include "protocol/event.h"
#include "protocol/glob_pattern.h"
#include "protocol/source_template.h"

namespace ringcast {
namespace {

constexpr std::string_view kHere = ": redis.";

// What a rule's checks go by: where it stands and what it is called there.
struct RuleRow {
  const ConfigRow& row;
  std::string_view table;  // "stream"

  std::string Where(std::string_view key, std::size_t index = 0) const {
    return row.PlaceOf(key, index) + std::string(kHere) + std::string(table) + "." +
           std::string(key);
  }
};

void CheckChannels(const std::vector<std::string>& channels, std::string_view pattern,
                   const RuleRow& at, std::vector<std::string>& errors) {
  constexpr std::size_t kMaxChannels = 8;
  if (channels.empty() || channels.size() > kMaxChannels) {
    errors.push_back(at.Where("channel") + ": names " + std::to_string(channels.size()) +
                     " channels; write one to " + std::to_string(kMaxChannels));
  }
  const std::size_t stars = GlobPattern(pattern).stars();
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Result<SourceTemplate> channel = SourceTemplate::Parse(channels[i], stars);
    if (channel) continue;
    errors.push_back(at.Where("channel", i) + ": " + Quoted(channels[i]) + " " +
                     channel.error().message);
  }
}

void CheckEvent(const RedisEventOptions& rule, const RuleRow& at,
                std::vector<std::string>& errors) {
  if (!rule.event.empty() && !rule.event_field.empty()) {
    errors.push_back(at.Where("event-field") +
                     ": the type stands in event as well; keep one of the two");
  }
  const EventError wrong = ValidateEvent({.type = rule.event, .data = {}}, 0);
  if (wrong != EventError::kNone) {
    errors.push_back(at.Where("event") + ": " + Quoted(rule.event) +
                     " is no event type: " + std::string(Describe(wrong)));
  }
  if (!rule.json_fields.empty() && !rule.data_field.empty()) {
    errors.push_back(at.Where("json-fields") +
                     ": needs data that is made of all fields; leave data-field away");
  }
}

void CheckPattern(std::string_view pattern, std::string_view key, const RuleRow& at,
                  std::vector<std::string>& errors) {
  constexpr std::size_t kMaxPatternBytes = 1024;
  if (pattern.empty() || pattern.size() > kMaxPatternBytes) {
    errors.push_back(at.Where(key) + ": has " + std::to_string(pattern.size()) +
                     " bytes; write a name or a pattern of 1 to " +
                     std::to_string(kMaxPatternBytes));
  }
}

void CheckRules(const RedisOptions& redis, const ConfigRow& row, std::vector<std::string>& errors) {
  std::size_t pubsub = 0;
  std::size_t streams = 0;
  std::size_t bullmq = 0;
  for (const ConfigRow& inner : row.rows) {
    const RuleRow at{inner, inner.table->name};
    if (inner.table == &kRedisPubsubTable) {
      const RedisPubsubOptions& rule = redis.pubsub[pubsub++];
      CheckPattern(rule.subscribe, "subscribe", at, errors);
      CheckChannels(rule.channels, rule.subscribe, at, errors);
      CheckEvent(rule, at, errors);
    } else if (inner.table == &kRedisStreamTable) {
      const RedisStreamOptions& rule = redis.streams[streams++];
      CheckPattern(rule.key, "key", at, errors);
      CheckChannels(rule.channels, rule.key, at, errors);
      CheckEvent(rule, at, errors);
    } else {
      const RedisStreamOptions rule = StreamOf(redis.bullmq[bullmq++]);
      CheckPattern(rule.key, "queue", at, errors);
      CheckChannels(rule.channels, rule.key, at, errors);
    }
  }
  if (row.rows.empty()) {
    errors.push_back(row.place +
                     ": redis: says nothing of what to read; write [[redis.pubsub]], "
                     "[[redis.stream]] or [[redis.bullmq]] below it");
  }
}

}  // namespace

void CheckRedis(const ServeOptions& options, std::span<const ConfigRow> rows,
                std::vector<std::string>& errors) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RedisOptions& redis = options.redis[i];
    for (std::size_t k = 0; k < i; ++k) {
      if (options.redis[k].name != redis.name) continue;
      errors.push_back(rows[i].Where("name") + ": " + Quoted(redis.name) + " is also the name of " +
                       rows[k].PlaceOf("name") + "; give each [[redis]] a name of its own");
    }
    if (!redis.password_file.empty()) {
      const Result<std::string> password = ReadPassword(redis.password_file);
      if (!password) {
        errors.push_back(rows[i].Where("password-file") + ": " + password.error().message);
      }
    }
    CheckRules(redis, rows[i], errors);
  }
}

RedisStreamOptions StreamOf(const RedisBullmqOptions& bullmq) {
  RedisStreamOptions rule;
  // A queue's name as a template: each star is what the key had in its place.
  std::string queue;
  std::size_t stars = GlobPattern(bullmq.prefix).stars();
  for (const char byte : bullmq.queue) {
    if (byte == '*') {
      queue += "{" + std::to_string(++stars) + "}";
    } else {
      queue += byte;
    }
  }
  rule.key = bullmq.prefix + ":" + bullmq.queue + ":events";
  rule.channels = bullmq.channels;
  if (rule.channels.empty()) {
    rule.channels = {bullmq.prefix + ":" + queue + ":{field.jobId}", bullmq.prefix + ":" + queue};
  }
  rule.event_field = "event";
  rule.json_fields = {"data", "returnvalue"};
  rule.from = bullmq.from;
  return rule;
}

Result<std::string> ReadPassword(const std::string& path) {
  constexpr std::size_t kMaxPasswordBytes = 4096;
  const auto close = [](std::FILE* stream) { std::fclose(stream); };
  const std::unique_ptr<std::FILE, decltype(close)> stream(std::fopen(path.c_str(), "rbe"), close);
  if (stream == nullptr) {
    return Error{"cannot read " + Quoted(path) + ": " + std::generic_category().message(errno) +
                 "; the daemon's user must be able to"};
  }
  std::string text(kMaxPasswordBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stream.get()));
  if (std::ferror(stream.get()) != 0) {
    return Error{"cannot read " + Quoted(path) + ": " + std::generic_category().message(errno)};
  }
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  if (text.empty() || text.size() > kMaxPasswordBytes) {
    return Error{Quoted(path) + " has no password in its first line, or a very long one"};
  }
  return text;
}

}  // namespace ringcast
