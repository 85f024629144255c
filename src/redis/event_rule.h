// How a message or an entry becomes an event: a rule of the configuration, ready to be applied.
//
// Threads: plain values and pure functions.
// Invariants: what Apply() gives is a valid event for channels with valid names; whether its data
// is small enough is the server's to say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/redis_options.h"
#include "protocol/glob_pattern.h"
#include "protocol/source_template.h"
#include "redis/source_stats.h"

namespace ringcast {

struct SourcedEvent {
  std::vector<std::string> channels;  // each once
  std::string type;
  std::string data;
};

using RuleOutcome = std::variant<SourcedEvent, RedisRefusal>;

class EventRule {
 public:
  // `pattern`: of Redis channels or of keys. REQUIRES: the options come from the loader.
  EventRule(std::string_view pattern, const RedisEventOptions& options);

  const GlobPattern& pattern() const { return pattern_; }
  // {0}, {1} and so on for a name; nothing when the pattern does not match it.
  std::optional<std::vector<std::string>> Captures(std::string_view name) const;

  // Of a message.
  RuleOutcome Apply(const std::vector<std::string>& captures, std::string_view message) const;
  // Of an entry of a stream.
  RuleOutcome Apply(const std::vector<std::string>& captures, const SourceFields& fields) const;

  // Glob patterns of the channels that it may feed: with these captures, or, when there are none,
  // with any.
  std::vector<std::string> Feeds(const std::vector<std::string>& captures = {}) const;

 private:
  RuleOutcome Assemble(const std::vector<std::string>& captures, const SourceFields& fields,
                       std::string whole) const;
  bool needs_fields() const;

  GlobPattern pattern_;
  std::vector<SourceTemplate> channels_;
  RedisEventOptions options_;
};

// The members of a JSON object: texts as they are, all else as compact JSON. Nothing when it is no
// object.
std::optional<SourceFields> FieldsOfJson(std::string_view message);

// All fields as a JSON object; those named in `json` whose value is JSON stand in it as JSON.
// REQUIRES: valid UTF-8.
std::string JsonOfFields(const SourceFields& fields, const std::vector<std::string>& json);

}  // namespace ringcast
