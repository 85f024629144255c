// Writing JSON, as the admin listener's answers share it.
//
// Threads: plain values and pure functions.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "sequencer/sequencer_options.h"

namespace ringcast {

using JsonBuffer = rapidjson::StringBuffer;
using JsonWriter = rapidjson::Writer<JsonBuffer>;

inline void Key(JsonWriter& out, std::string_view key) {
  out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}
inline void Field(JsonWriter& out, std::string_view key, std::uint64_t value) {
  Key(out, key);
  out.Uint64(value);
}
inline void Field(JsonWriter& out, std::string_view key, std::string_view value) {
  Key(out, key);
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// A real number, or null for none. REQUIRES: it is finite.
inline void Number(JsonWriter& out, std::optional<double> value) {
  if (value) {
    out.Double(*value);
  } else {
    out.Null();
  }
}
inline void Real(JsonWriter& out, std::string_view key, std::optional<double> value) {
  Key(out, key);
  Number(out, value);
}

inline void WriteChannel(JsonWriter& out, const ReportBox::Channel& channel) {
  out.StartObject();
  Field(out, "name", channel.name);
  Field(out, "subscribers", channel.subscribers);
  Field(out, "newest_id", channel.newest_id);
  Field(out, "history_events", channel.kept_events);
  Field(out, "history_bytes", channel.kept_bytes);
  out.EndObject();
}

}  // namespace ringcast
