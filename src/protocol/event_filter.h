// Which types of events a stream gets. Events without a type are called "message", as clients call
// them; the server's own events (gap, end) pass always.
//
// Threads: constant after construction.
// Invariants: a filter without types lets everything pass.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringcast {

class EventFilter {
 public:
  EventFilter() = default;
  explicit EventFilter(std::vector<std::string> types);

  bool passes_all() const { return types_.empty(); }
  // `frame`: a whole event as a log keeps it (sse_encoder.h).
  bool Passes(std::string_view frame) const;

  bool operator==(const EventFilter&) const = default;

 private:
  std::vector<std::string> types_;  // sorted
};

}  // namespace ringcast
