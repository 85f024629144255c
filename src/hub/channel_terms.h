// What holds for a channel: how much history it keeps, whether it must have been created before it
// is used, and how long it stays when nobody uses it. The terms come from the options; a rule, and
// whoever creates a channel, may say otherwise in part.
//
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "hub/channel_log.h"

namespace ringcast {

// The unit in which the directory counts ages.
inline constexpr Millis kDirectoryTick{50};

struct ChannelTerms {
  HistoryLimits history;
  std::uint32_t unused_ticks = 0;  // 0: it stays
  bool strict = false;             // it exists only once it was created
};

// What somebody says of a channel; what they leave out stays as it was.
struct ChannelTermsChange {
  std::optional<std::uint32_t> history_events;  // 0: none are kept
  std::optional<std::uint64_t> history_bytes;
  std::optional<Millis> history_ttl;     // 0: no age limit
  std::optional<Millis> unused_timeout;  // 0: never

  bool operator==(const ChannelTermsChange&) const = default;
};

// At least one tick; for 0 what stands for no limit of a history's age.
std::uint32_t HistoryTicks(Millis ttl);

ChannelTerms Changed(ChannelTerms terms, const ChannelTermsChange& change);

// The keys of what may be said, as people write them, for messages.
inline constexpr std::string_view kTermKeys =
    "history-events, history-bytes, history-ttl and unused-timeout";
// Whether `key` is one of them.
bool IsTermKey(std::string_view key);
// Takes one value as it stands in the configuration. The error names the text and the remedy, not
// the key. REQUIRES: IsTermKey(key).
Status SetTerm(std::string_view key, std::string_view text, ChannelTermsChange& change);

// "history-events":100,"history-bytes":"1MiB","history-ttl":"10m","unused-timeout":"off": members
// of a JSON object, as SetTerm() takes them back.
std::string TermsJson(const ChannelTerms& terms);

}  // namespace ringcast
