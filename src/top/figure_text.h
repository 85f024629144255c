// Figures as people read them: short, with a unit, in a few columns.
//
// Threads: any; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace ringcast {

std::string CountText(double value);                   // 999,999  1.25 M
std::string RateText(double value);                    // as CountText(), 0.5 below ten
std::string BytesText(double bytes);                   // 17.3 MiB
std::string SecondsText(std::optional<double> value);  // 250 us  1.25 ms  2.00 s  -
std::string PercentText(std::optional<double> share);  // 97 %  -
std::string UptimeText(std::uint64_t seconds);         // 3 d 4 h

// The last `columns` values as blocks of eight heights over the greatest of them; UTF-8.
std::string Sparkline(const std::deque<double>& values, std::size_t columns);

}  // namespace ringcast
