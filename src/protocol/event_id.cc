#include "protocol/event_id.h"

#include <charconv>
#include <system_error>

namespace ringcast {
namespace {

std::optional<std::uint64_t> ParseNumber(std::string_view digits) {
  // from_chars alone would take a minus sign's absence for granted and leading zeros as well.
  if (digits.empty() || digits.size() > 20) return std::nullopt;
  if (digits[0] < '0' || digits[0] > '9') return std::nullopt;
  if (digits[0] == '0' && digits.size() > 1) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<EventId> ParseEventId(std::string_view text) {
  if (text.size() > kMaxEventIdSize) return std::nullopt;
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint64_t> ms = ParseNumber(text.substr(0, dash));
  const std::optional<std::uint64_t> number = ParseNumber(text.substr(dash + 1));
  if (!ms || !number) return std::nullopt;
  return EventId{*ms, *number};
}

std::size_t FormatEventId(EventId id, char* out) {
  char* const end = out + kMaxEventIdSize;
  char* at = std::to_chars(out, end, id.ms).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, id.number).ptr;
  return static_cast<std::size_t>(at - out);
}

}  // namespace ringcast
