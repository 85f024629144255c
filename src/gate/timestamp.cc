#include "gate/timestamp.h"

#include <chrono>
#include <cstddef>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

// Takes `count` digits off `text`; -1: they are not there.
int TakeNumber(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+01:00": seconds east of UTC.
std::optional<int> TakeOffset(std::string_view& text) {
  if (Take(text, 'Z') || Take(text, 'z')) return 0;
  const bool west = text.starts_with('-');
  if (!Take(text, '+') && !Take(text, '-')) return std::nullopt;
  const int hours = TakeNumber(text, 2);
  if (hours < 0 || hours > 23 || !Take(text, ':')) return std::nullopt;
  const int minutes = TakeNumber(text, 2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  return (west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<std::int64_t> ParseTimestamp(std::string_view text) {
  using std::chrono::day;
  using std::chrono::month;
  using std::chrono::year;
  const int years = TakeNumber(text, 4);
  if (years < 0 || !Take(text, '-')) return std::nullopt;
  const int months = TakeNumber(text, 2);
  if (months < 0 || !Take(text, '-')) return std::nullopt;
  const int days = TakeNumber(text, 2);
  if (days < 0 || !(Take(text, 'T') || Take(text, 't'))) return std::nullopt;
  const int hours = TakeNumber(text, 2);
  if (hours < 0 || hours > 23 || !Take(text, ':')) return std::nullopt;
  const int minutes = TakeNumber(text, 2);
  if (minutes < 0 || minutes > 59 || !Take(text, ':')) return std::nullopt;
  const int seconds = TakeNumber(text, 2);
  if (seconds < 0 || seconds > 60) return std::nullopt;  // 60: a leap second
  if (Take(text, '.')) {
    if (text.empty() || !IsDigit(text.front())) return std::nullopt;
    while (!text.empty() && IsDigit(text.front())) text.remove_prefix(1);
  }
  const std::optional<int> offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date{year(years), month(static_cast<unsigned>(months)),
                                         day(static_cast<unsigned>(days))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days_since_1970 = std::chrono::sys_days(date).time_since_epoch().count();
  return days_since_1970 * 86'400 + hours * 3600 + minutes * 60 + seconds - *offset;
}

}  // namespace ringcast
