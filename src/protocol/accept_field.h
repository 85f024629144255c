// Whether a client takes an event stream, by its Accept fields (RFC 9110 12.5.1).
//
// Threads: one object belongs to one thread.
// Invariants: several fields count as one list, in any order; no field at all accepts everything.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringcast {

class AcceptField {
 public:
  // The value of one Accept field. Members that are malformed match nothing.
  void Add(std::string_view value);

  // The most specific range that matches text/event-stream decides, by whether its q is above 0.
  // True as well if no field named any range.
  bool AcceptsEventStream() const { return !any_range_ || (specificity_ > 0 && accepted_); }

 private:
  void AddRange(std::string_view range);

  bool any_range_ = false;
  std::uint8_t specificity_ = 0;  // 1: */*, 2: text/*, 3: text/event-stream
  bool accepted_ = false;
};

}  // namespace ringcast
