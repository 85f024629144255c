#include "redis/event_rule.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <utility>

#include "protocol/channel_name.h"
#include "protocol/event.h"
#include "protocol/utf8.h"

namespace ringcast {
namespace {

using JsonBuffer = rapidjson::StringBuffer;
using JsonWriter = rapidjson::Writer<JsonBuffer>;

// Iterative: a message that nests a million arrays must not use up the stack.
constexpr unsigned kParseFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

rapidjson::SizeType SizeOf(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

std::string Compact(const rapidjson::Value& value) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

// Nesting that rapidjson's writer, which recurses, can walk.
bool IsShallow(const rapidjson::Value& root) {
  constexpr int kMaxDepth = 128;
  std::vector<std::pair<const rapidjson::Value*, int>> left{{&root, 0}};
  while (!left.empty()) {
    const auto [value, depth] = left.back();
    left.pop_back();
    if (depth > kMaxDepth) return false;
    if (value->IsObject()) {
      for (const auto& member : value->GetObject()) left.emplace_back(&member.value, depth + 1);
    } else if (value->IsArray()) {
      for (const rapidjson::Value& item : value->GetArray()) left.emplace_back(&item, depth + 1);
    }
  }
  return true;
}

}  // namespace

EventRule::EventRule(std::string_view pattern, const RedisEventOptions& options)
    : pattern_(pattern), options_(options) {
  for (const std::string& channel : options.channels) {
    channels_.push_back(*SourceTemplate::Parse(channel, pattern_.stars()));
  }
}

std::optional<std::vector<std::string>> EventRule::Captures(std::string_view name) const {
  const std::optional<std::vector<std::string_view>> stood_for = pattern_.Match(name);
  if (!stood_for) return std::nullopt;
  std::vector<std::string> captures{std::string(name)};
  for (const std::string_view capture : *stood_for) captures.emplace_back(capture);
  return captures;
}

bool EventRule::needs_fields() const {
  return !options_.event_field.empty() || !options_.data_field.empty() ||
         std::any_of(channels_.begin(), channels_.end(),
                     [](const SourceTemplate& channel) { return channel.has_fields(); });
}

RuleOutcome EventRule::Apply(const std::vector<std::string>& captures,
                             std::string_view message) const {
  if (!needs_fields()) return Assemble(captures, {}, std::string(message));
  const std::optional<SourceFields> fields = FieldsOfJson(message);
  if (!fields) return RedisRefusal::kJson;
  return Assemble(captures, *fields, std::string(message));
}

RuleOutcome EventRule::Apply(const std::vector<std::string>& captures,
                             const SourceFields& fields) const {
  if (!options_.data_field.empty()) return Assemble(captures, fields, {});
  const bool valid = std::all_of(fields.begin(), fields.end(), [](const auto& field) {
    return IsValidUtf8(field.first) && IsValidUtf8(field.second);
  });
  if (!valid) return RedisRefusal::kData;
  return Assemble(captures, fields, JsonOfFields(fields, options_.json_fields));
}

RuleOutcome EventRule::Assemble(const std::vector<std::string>& captures,
                                const SourceFields& fields, std::string whole) const {
  SourcedEvent event;
  for (const SourceTemplate& channel : channels_) {
    std::optional<std::string> name = channel.Fill(captures, fields);
    if (!name || !IsValidChannelName(*name)) continue;
    if (std::find(event.channels.begin(), event.channels.end(), *name) != event.channels.end()) {
      continue;
    }
    event.channels.push_back(std::move(*name));
  }
  if (event.channels.empty()) return RedisRefusal::kChannel;
  event.type = options_.event;
  if (!options_.event_field.empty()) {
    const std::string* type = FindField(fields, options_.event_field);
    if (type == nullptr) return RedisRefusal::kType;
    event.type = *type;
  }
  event.data = std::move(whole);
  if (!options_.data_field.empty()) {
    const std::string* data = FindField(fields, options_.data_field);
    if (data == nullptr) return RedisRefusal::kData;
    event.data = *data;
  }
  // What every client takes for the type of events that have none.
  if (event.type == "message") event.type.clear();
  switch (ValidateEvent({event.type, event.data}, kHardMaxDataSize)) {
    case EventError::kNone:
      return event;
    case EventError::kTypeHasControl:
    case EventError::kTypeNotUtf8:
    case EventError::kTypeTooLong:
      return RedisRefusal::kType;
    case EventError::kDataNotUtf8:
      return RedisRefusal::kData;
    case EventError::kDataTooLarge:
      return RedisRefusal::kTooLarge;
  }
  return RedisRefusal::kData;
}

std::vector<std::string> EventRule::Feeds(const std::vector<std::string>& captures) const {
  std::vector<std::string> patterns;
  for (const SourceTemplate& channel : channels_) patterns.push_back(channel.Names(captures));
  return patterns;
}

std::optional<SourceFields> FieldsOfJson(std::string_view message) {
  rapidjson::Document document;
  document.Parse<kParseFlags>(message.data(), message.size());
  if (document.HasParseError() || !document.IsObject() || !IsShallow(document)) {
    return std::nullopt;
  }
  SourceFields fields;
  for (const auto& member : document.GetObject()) {
    fields.emplace_back(std::string(member.name.GetString(), member.name.GetStringLength()),
                        member.value.IsString()
                            ? std::string(member.value.GetString(), member.value.GetStringLength())
                            : Compact(member.value));
  }
  return fields;
}

std::string JsonOfFields(const SourceFields& fields, const std::vector<std::string>& json) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  for (const auto& [name, value] : fields) {
    writer.Key(name.data(), SizeOf(name));
    if (std::find(json.begin(), json.end(), name) != json.end()) {
      rapidjson::Document parsed;
      parsed.Parse<kParseFlags>(value.data(), value.size());
      if (!parsed.HasParseError() && IsShallow(parsed)) {
        parsed.Accept(writer);
        continue;
      }
    }
    writer.String(value.data(), SizeOf(value));
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace ringcast
