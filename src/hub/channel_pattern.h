// Which channels a rule is for: a name whose {x} stands for any text without a slash, such as
// session:{id}, or the beginning of names, such as job:*, or every name, which is * alone.
//
// Threads: a pattern is immutable once made.
// Invariants: Matches() takes time proportional to the name's size times the pattern's, whatever
// both look like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringcast {

class ChannelPattern {
 public:
  // Errors: a sentence with the remedy, for a pattern that no channel's name could ever have.
  static Result<ChannelPattern> Parse(std::string_view text);

  bool Matches(std::string_view name) const;

 private:
  // Between the literals stands one text without a slash, of at least one character. There is
  // always one literal more than there are such texts; the first and the last may be empty.
  std::vector<std::string> literals_;
  bool prefix_ = false;  // anything may follow
};

}  // namespace ringcast
