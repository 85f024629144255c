#include "top/figure_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string_view>

namespace ringcast {
namespace {

std::string Fixed(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

// Three digits that count, and the unit that leaves so many.
std::string Scaled(double value, double step, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  while (value >= step && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  const int digits = unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return Fixed(value, digits) + " " + std::string(units[unit]);
}

}  // namespace

std::string CountText(double value) {
  constexpr double kMillion = 1e6;
  if (value >= kMillion) {
    constexpr std::array<std::string_view, 5> kUnits = {"", "k", "M", "G", "T"};
    return Scaled(value, 1e3, kUnits);
  }
  std::string digits = Fixed(value, 0);
  if (digits.size() > 3) digits.insert(digits.size() - 3, ",");
  return digits;
}

std::string RateText(double value) {
  return value > 0 && value < 10 ? Fixed(value, 1) : CountText(value);
}

std::string BytesText(double bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  return Scaled(bytes, 1024, kUnits);
}

std::string SecondsText(std::optional<double> value) {
  if (!value) return "-";
  if (*value < 1e-3) return Fixed(*value * 1e6, 0) + " us";
  if (*value < 1) return Fixed(*value * 1e3, *value < 1e-2 ? 2 : *value < 0.1 ? 1 : 0) + " ms";
  return Fixed(*value, 2) + " s";
}

std::string PercentText(std::optional<double> share) {
  return share ? Fixed(*share * 100, 0) + " %" : "-";
}

std::string UptimeText(std::uint64_t seconds) {
  constexpr std::uint64_t kMinute = 60;
  constexpr std::uint64_t kHour = 60 * kMinute;
  constexpr std::uint64_t kDay = 24 * kHour;
  auto two = [](std::uint64_t large, const char* first, std::uint64_t small, const char* second) {
    return std::to_string(large) + first + std::to_string(small) + second;
  };
  if (seconds >= kDay) return two(seconds / kDay, " d ", seconds % kDay / kHour, " h");
  if (seconds >= kHour) return two(seconds / kHour, " h ", seconds % kHour / kMinute, " min");
  if (seconds >= kMinute) return two(seconds / kMinute, " min ", seconds % kMinute, " s");
  return std::to_string(seconds) + " s";
}

std::string Sparkline(const std::deque<double>& values, std::size_t columns) {
  constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t shown = std::min(columns, values.size());
  const auto first = values.end() - static_cast<std::ptrdiff_t>(shown);
  const double most = shown == 0 ? 0 : *std::max_element(first, values.end());
  std::string line;
  for (auto at = first; at != values.end(); ++at) {
    const double height = most > 0 ? *at / most * (kBlocks.size() - 1) : 0;
    line += kBlocks[static_cast<std::size_t>(height + 0.5)];
  }
  return line;
}

}  // namespace ringcast
