#include "base/units.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <system_error>

namespace ringcast {
namespace {

constexpr std::int64_t kMillisPerSecond = 1000;
constexpr std::int64_t kMillisPerMinute = 60 * kMillisPerSecond;
constexpr std::int64_t kMillisPerHour = 60 * kMillisPerMinute;
constexpr std::int64_t kMillisPerDay = 24 * kMillisPerHour;

struct TimeUnit {
  std::string_view name;
  std::int64_t millis;
};
// From large to small: the order in which the parts of "1h30m" must come.
constexpr std::array<TimeUnit, 5> kTimeUnits{{{"d", kMillisPerDay},
                                              {"h", kMillisPerHour},
                                              {"m", kMillisPerMinute},
                                              {"s", kMillisPerSecond},
                                              {"ms", 1}}};
constexpr std::string_view kTimeUnitNames = "ms, s, m, h, d";

struct SizeUnit {
  std::string_view lower_name;
  std::uint64_t bytes;
};
constexpr std::array<SizeUnit, 14> kSizeUnits{{{"", 1},
                                               {"b", 1},
                                               {"k", 1ull << 10},
                                               {"kib", 1ull << 10},
                                               {"kb", 1000},
                                               {"m", 1ull << 20},
                                               {"mib", 1ull << 20},
                                               {"mb", 1000 * 1000},
                                               {"g", 1ull << 30},
                                               {"gib", 1ull << 30},
                                               {"gb", 1000 * 1000 * 1000},
                                               {"t", 1ull << 40},
                                               {"tib", 1ull << 40},
                                               {"tb", 1000ull * 1000 * 1000 * 1000}}};

// The digits at the front of `text`, which are taken off it; nothing when there are none or when
// they exceed 64 bits.
std::optional<std::uint64_t> TakeNumber(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeUnit(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && !IsDigit(text[size])) ++size;
  std::string_view unit = text.substr(0, size);
  text.remove_prefix(size);
  return unit;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Error NotATime(std::string_view text) {
  return {Quoted(text) + " is not a time; write a whole number with a unit (" +
          std::string(kTimeUnitNames) + "), such as 500ms, 10s or 1h30m"};
}

}  // namespace

Result<Millis> ParseDuration(std::string_view text) {
  if (text == "off" || text == "0") return Millis(0);
  std::string_view rest = text;
  std::size_t next_unit = 0;
  std::int64_t total = 0;
  if (rest.empty()) return NotATime(text);
  while (!rest.empty()) {
    if (!IsDigit(rest.front())) return NotATime(text);
    const std::optional<std::uint64_t> number = TakeNumber(rest);
    if (!number) return Error{Quoted(text) + " is too long a time"};
    const std::string_view unit = TakeUnit(rest);
    if (unit.empty()) {
      const std::string digits(text.substr(0, text.size() - rest.size()));
      return Error{Quoted(text) + " has no unit; write " + digits + "s for seconds or " + digits +
                   "ms for milliseconds (units: " + std::string(kTimeUnitNames) + ")"};
    }
    std::size_t found = 0;
    while (found < kTimeUnits.size() && kTimeUnits[found].name != unit) ++found;
    if (found == kTimeUnits.size()) return NotATime(text);
    if (found < next_unit) {
      return Error{Quoted(text) +
                   " names its units out of order; write them from large to small, each once, such "
                   "as 1h30m"};
    }
    next_unit = found + 1;
    std::int64_t part = 0;
    if (*number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
        __builtin_mul_overflow(static_cast<std::int64_t>(*number), kTimeUnits[found].millis,
                               &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return Error{Quoted(text) + " is too long a time"};
    }
  }
  return Millis(total);
}

Result<std::uint64_t> ParseSize(std::string_view text) {
  std::string_view rest = text;
  const bool starts_with_digit = !text.empty() && IsDigit(text.front());
  const std::optional<std::uint64_t> number = TakeNumber(rest);
  if (starts_with_digit && !number) return Error{Quoted(text) + " is too large a size"};
  if (number) {
    const std::string unit = Lower(rest);
    for (const SizeUnit& known : kSizeUnits) {
      if (known.lower_name != unit) continue;
      std::uint64_t bytes = 0;
      if (__builtin_mul_overflow(*number, known.bytes, &bytes)) {
        return Error{Quoted(text) + " is too large a size"};
      }
      return bytes;
    }
  }
  return Error{
      Quoted(text) +
      " is not a size; write a whole number of bytes or one with a unit (KiB, MiB, GiB, KB, "
      "MB, GB), such as 64KiB"};
}

Result<std::uint64_t> ParseCount(std::string_view text) {
  std::string_view rest = text;
  const std::optional<std::uint64_t> number = TakeNumber(rest);
  if (number && rest.empty()) return *number;
  for (const char c : text) {
    if (!IsDigit(c)) {
      return Error{Quoted(text) + " is not a number; write digits only, such as 1000"};
    }
  }
  return Error{text.empty() ? Quoted(text) + " is not a number; write digits only, such as 1000"
                            : Quoted(text) + " is too large a number"};
}

Result<std::uint32_t> ParseMode(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with("0o")) digits.remove_prefix(2);
  std::uint32_t mode = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), mode, /*base=*/8);
  if (error != std::errc() || end != digits.data() + digits.size() || mode > 0777) {
    return Error{Quoted(text) + " is not a file mode; write three octal digits, such as 0660"};
  }
  return mode;
}

Result<bool> ParseSwitch(std::string_view text) {
  const std::string lower = Lower(text);
  if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "off" || lower == "0") return false;
  return Error{Quoted(text) + " is neither true nor false"};
}

std::string FormatDuration(Millis duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "off";
  std::string text;
  for (const TimeUnit& unit : kTimeUnits) {
    if (rest < unit.millis) continue;
    text += std::to_string(rest / unit.millis);
    text += unit.name;
    rest %= unit.millis;
  }
  return text;
}

std::string FormatSize(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames{"", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < kNames.size()) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + std::string(kNames[unit]);
}

std::string Quoted(std::string_view text) {
  // Longer values would drown the message they stand in.
  constexpr std::size_t kMaxQuotedBytes = 60;
  std::string quoted = "\"";
  for (const char c : text.substr(0, kMaxQuotedBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      quoted += escaped;
    } else {
      quoted += c;
    }
  }
  return quoted + (text.size() > kMaxQuotedBytes ? "...\"" : "\"");
}

}  // namespace ringcast
