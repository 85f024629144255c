// The last minutes in short: a point a second, so that a dashboard that is opened shows at once
// what has been.
//
// Threads: one at a time.
// Invariants: at most kMostPoints points, oldest first.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "admin/figures.h"

namespace ringcast {

class FigureSeries {
 public:
  static constexpr std::size_t kMostPoints = 300;  // five minutes

  // What happened between two moments.
  void Add(const Figures& before, const Figures& now);

  // {"points":[[unix ms, streams, deliveries/s, events/s, bytes/s, p99 seconds or null,
  // resident bytes], ...]}
  std::string Json() const;

 private:
  struct Point {
    UnixMillis wall;
    std::uint64_t streams;
    double deliveries;
    double events;
    double sent_bytes;
    std::optional<double> p99;
    std::uint64_t resident_bytes;
  };
  std::deque<Point> points_;
};

}  // namespace ringcast
