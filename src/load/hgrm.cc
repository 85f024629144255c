// Latencies in the text form that HdrHistogram's tools read and plot.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "load/bench_report.h"

namespace ringcast {
namespace {

constexpr double kNanosAMilli = 1e6;

template <class... Numbers>
void Append(std::string& out, const char* format, Numbers... numbers) {
  std::array<char, 160> line;
  const int size = std::snprintf(line.data(), line.size(), format, numbers...);
  out.append(line.data(), static_cast<std::size_t>(size));
}

}  // namespace

std::string Hgrm(const Histogram<>& latency_ns) {
  std::string out = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  const auto total = static_cast<double>(latency_ns.Count());
  const double mean = latency_ns.Mean();
  std::uint64_t seen = 0;
  double squares = 0;
  latency_ns.ForEachBucket([&](std::uint64_t upper, std::uint64_t count) {
    const auto value = static_cast<double>(std::min(upper, latency_ns.Max()));
    seen += count;
    squares += (value - mean) * (value - mean) * static_cast<double>(count);
    const double percentile = static_cast<double>(seen) / total;
    Append(out, "%12.3f %2.12f %10llu", value / kNanosAMilli, percentile,
           static_cast<unsigned long long>(seen));
    if (seen < latency_ns.Count()) {
      Append(out, " %14.2f\n", 1 / (1 - percentile));
    } else {
      out += "\n";
    }
  });
  Append(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean / kNanosAMilli,
         total > 0 ? std::sqrt(squares / total) / kNanosAMilli : 0.0);
  Append(out, "#[Max     = %12.3f, Total count    = %12llu]\n",
         static_cast<double>(latency_ns.Max()) / kNanosAMilli,
         static_cast<unsigned long long>(latency_ns.Count()));
  constexpr int kOctaves = 64;
  constexpr int kInOctave = 128;
  Append(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", kOctaves, kInOctave);
  return out;
}

}  // namespace ringcast
