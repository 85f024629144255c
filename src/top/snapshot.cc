#include "top/snapshot.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

namespace ringcast {
namespace {

using Value = rapidjson::Value;

// The member, or null.
const Value& Member(const Value& object, const char* key) {
  static const Value kNothing;
  if (!object.IsObject()) return kNothing;
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() ? kNothing : found->value;
}

std::string Text(const Value& value) {
  return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : std::string();
}
std::uint64_t Whole(const Value& value) { return value.IsUint64() ? value.GetUint64() : 0; }
std::optional<double> Real(const Value& value) {
  if (!value.IsNumber()) return std::nullopt;
  return value.GetDouble();
}

Snapshot::Count ReadCount(const Value& value, const char* name) {
  return {.name = Text(Member(value, name)),
          .total = Whole(Member(value, "total")),
          .rate = Real(Member(value, "rate")).value_or(0)};
}

template <class Fn>
void ForEach(const Value& list, Fn&& fn) {
  if (!list.IsArray()) return;
  for (const Value& value : list.GetArray()) fn(value);
}

void ReadLists(const Value& all, Snapshot& snapshot) {
  ForEach(Member(all, "closed"),
          [&](const Value& value) { snapshot.closed.push_back(ReadCount(value, "reason")); });
  ForEach(Member(all, "refused"),
          [&](const Value& value) { snapshot.refused.push_back(ReadCount(value, "limit")); });
  ForEach(Member(all, "shards"), [&](const Value& value) {
    snapshot.shards.push_back(
        {.streams = Whole(Member(value, "streams")),
         .connections = Whole(Member(value, "connections")),
         .capacity = Whole(Member(value, "capacity")),
         .deliveries_rate = Real(Member(value, "deliveries_rate")).value_or(0),
         .sent_bytes_rate = Real(Member(value, "sent_bytes_rate")).value_or(0),
         .cpu = Real(Member(value, "cpu"))});
  });
  const Value& channels = Member(all, "channels");
  snapshot.channel_count = Whole(Member(channels, "count"));
  ForEach(Member(channels, "top"), [&](const Value& value) {
    snapshot.channels.push_back({.name = Text(Member(value, "name")),
                                 .subscribers = Whole(Member(value, "subscribers")),
                                 .history_events = Whole(Member(value, "history_events")),
                                 .history_bytes = Whole(Member(value, "history_bytes"))});
  });
}

}  // namespace

Result<Snapshot> ReadSnapshot(std::string_view json) {
  rapidjson::Document all;
  all.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (all.HasParseError()) {
    return Error{"the figures are no JSON: " +
                 std::string(rapidjson::GetParseError_En(all.GetParseError()))};
  }
  if (!all.IsObject()) return Error{"the figures are no JSON object"};
  Snapshot snapshot;
  snapshot.version = Text(Member(all, "version"));
  snapshot.state = Text(Member(all, "state"));
  snapshot.time_ms = Whole(Member(all, "time_ms"));
  snapshot.uptime_seconds = Whole(Member(all, "uptime_seconds"));
  const Value& connections = Member(all, "connections");
  snapshot.connections = Whole(Member(connections, "now"));
  snapshot.streams = Whole(Member(connections, "streams"));
  snapshot.capacity = Whole(Member(connections, "capacity"));
  snapshot.accepted_rate = Real(Member(connections, "accepted_rate")).value_or(0);
  const Value& events = Member(all, "events");
  snapshot.published = Whole(Member(events, "published"));
  snapshot.events_rate = Real(Member(events, "rate")).value_or(0);
  snapshot.publishers = Whole(Member(events, "publishers"));
  snapshot.deliveries = ReadCount(Member(all, "deliveries"), "");
  snapshot.sent_bytes = ReadCount(Member(all, "sent_bytes"), "");
  const Value& latency = Member(all, "latency");
  snapshot.p50_seconds = Real(Member(latency, "p50_seconds"));
  snapshot.p99_seconds = Real(Member(latency, "p99_seconds"));
  const Value& memory = Member(all, "memory");
  snapshot.resident_bytes = Whole(Member(memory, "resident_bytes"));
  snapshot.log_bytes = Whole(Member(memory, "log_bytes"));
  snapshot.history_memory_bytes = Whole(Member(memory, "history_memory_bytes"));
  const Value& cpu = Member(all, "cpu");
  snapshot.cpu = Real(Member(cpu, "process"));
  snapshot.sequencer_cpu = Real(Member(cpu, "sequencer"));
  ReadLists(all, snapshot);
  return snapshot;
}

}  // namespace ringcast
