// How the values of one option are read: the function that checks and stores a value, and the range
// it takes, in the words of its own error message.
//
// Threads: any; a constant.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/options.h"

namespace ringcast {

class ValueParser {
 public:
  using Store = Status (*)(std::string_view text, ServeOptions& options);
  using RangeText = std::string (*)();

  // Implicit, so that a function whose placeholder already says what it takes stands in the table
  // as it is.
  constexpr ValueParser(Store store, RangeText range = nullptr)  // NOLINT
      : store_(store), range_(range) {}

  // Checks one value and stores it; a repeatable option appends. The error names the text and the
  // remedy, not the option: the caller knows where it came from.
  Status operator()(std::string_view text, ServeOptions& options) const {
    return store_(text, options);
  }

  // "100ms to 1h or off"; empty where there is no smallest and largest.
  std::string Range() const { return range_ == nullptr ? std::string() : range_(); }

 private:
  Store store_;
  RangeText range_;
};

}  // namespace ringcast
