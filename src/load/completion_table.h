// When the newest events came to the last of their subscribers. Each worker fills a table of its
// own; merged they tell how long a broadcast took as a whole.
//
// Threads: one at a time.
// Invariants: an event has one place, given by its number; a newer one takes it over.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/histogram.h"

namespace ringcast {

class CompletionTable {
 public:
  // Events that it holds at most, the newest.
  static constexpr std::size_t kEvents = 4096;

  // Event `seq` (from 1), due at `due_ns`, came to one more subscriber at `now_ns`.
  void Take(std::uint64_t seq, std::uint64_t due_ns, std::uint64_t now_ns) {
    Place& place = places_[seq % kEvents];
    if (seq < place.seq) return;
    if (seq > place.seq) place = {seq, due_ns, now_ns};
    if (now_ns > place.last_ns) place.last_ns = now_ns;
  }

  void Merge(const CompletionTable& other) {
    for (const Place& place : other.places_) {
      if (place.seq != 0) Take(place.seq, place.due_ns, place.last_ns);
    }
  }

  // Of each event, the nanoseconds from when it was due to its last delivery.
  void AddTo(Histogram<>& histogram) const {
    for (const Place& place : places_) {
      if (place.seq == 0) continue;
      histogram.Record(place.last_ns > place.due_ns ? place.last_ns - place.due_ns : 0);
    }
  }

 private:
  struct Place {
    std::uint64_t seq = 0;  // 0: none
    std::uint64_t due_ns = 0;
    std::uint64_t last_ns = 0;
  };
  std::array<Place, kEvents> places_{};
};

}  // namespace ringcast
