#include "hub/channel_terms.h"

#include <algorithm>
#include <limits>

#include "base/units.h"

namespace ringcast {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// The ranges of the options of the same names.
constexpr std::uint64_t kMostEvents = 1'000'000'000;
constexpr std::uint64_t kLeastBytes = 1024;
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 30;
constexpr Millis kLeastAge = 100ms;
// It must be able to be used once.
constexpr Millis kLeastUnused = 1s;
constexpr Millis kLongest = 7 * 24h;

constexpr std::uint32_t kNoAge = HistoryLimits{}.ticks;

Error OutOfRange(std::string_view text, const std::string& least, const std::string& most) {
  return {Quoted(text) + " is out of range; write " + least + " to " + most};
}

Status SetEvents(std::string_view text, ChannelTermsChange& change) {
  const Result<std::uint64_t> count = ParseCount(text == "off" ? "0" : text);
  if (!count) return count.error();
  if (*count > kMostEvents) return OutOfRange(text, "1", std::to_string(kMostEvents) + " or off");
  change.history_events = static_cast<std::uint32_t>(*count);
  return Done{};
}

Status SetBytes(std::string_view text, ChannelTermsChange& change) {
  const Result<std::uint64_t> bytes = ParseSize(text);
  if (!bytes) return bytes.error();
  if (*bytes < kLeastBytes || *bytes > kMostBytes) {
    return OutOfRange(text, FormatSize(kLeastBytes), FormatSize(kMostBytes));
  }
  change.history_bytes = *bytes;
  return Done{};
}

Status SetTime(std::string_view text, Millis least, std::optional<Millis>& time) {
  const Result<Millis> parsed = ParseDuration(text);
  if (!parsed) return parsed.error();
  if (*parsed != 0ms && (*parsed < least || *parsed > kLongest)) {
    return OutOfRange(text, FormatDuration(least), FormatDuration(kLongest) + " or off");
  }
  time = *parsed;
  return Done{};
}

std::string TimeText(std::uint32_t ticks, std::uint32_t none) {
  return FormatDuration(ticks == none ? 0ms : kDirectoryTick * ticks);
}

}  // namespace

std::uint32_t HistoryTicks(Millis ttl) {
  if (ttl.count() == 0) return kNoAge;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ttl / kDirectoryTick, 1, kNoAge - 1));
}

ChannelTerms Changed(ChannelTerms terms, const ChannelTermsChange& change) {
  if (change.history_events) terms.history.events = *change.history_events;
  if (change.history_bytes) terms.history.bytes = *change.history_bytes;
  if (change.history_ttl) terms.history.ticks = HistoryTicks(*change.history_ttl);
  if (change.unused_timeout) {
    terms.unused_ticks =
        change.unused_timeout->count() == 0 ? 0 : HistoryTicks(*change.unused_timeout);
  }
  return terms;
}

bool IsTermKey(std::string_view key) {
  return key == "history-events" || key == "history-bytes" || key == "history-ttl" ||
         key == "unused-timeout";
}

Status SetTerm(std::string_view key, std::string_view text, ChannelTermsChange& change) {
  if (key == "history-events") return SetEvents(text, change);
  if (key == "history-bytes") return SetBytes(text, change);
  if (key == "history-ttl") return SetTime(text, kLeastAge, change.history_ttl);
  return SetTime(text, kLeastUnused, change.unused_timeout);
}

std::string TermsJson(const ChannelTerms& terms) {
  const HistoryLimits& history = terms.history;
  return "\"history-events\":" + std::to_string(history.events) + ",\"history-bytes\":\"" +
         FormatSize(history.bytes) + "\",\"history-ttl\":\"" + TimeText(history.ticks, kNoAge) +
         "\",\"unused-timeout\":\"" + TimeText(terms.unused_ticks, 0) + '"';
}

}  // namespace ringcast
