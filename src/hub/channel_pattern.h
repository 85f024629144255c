// Which channels a rule is for: those whose names a template can give (session:{id}, where {id} is
// any text without a slash), those with one beginning (job:*), or all (* alone).
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
  // The error says what of the text is wrong and how to mend it; it does not repeat the text.
  static Result<ChannelPattern> Parse(std::string_view text);

  bool Matches(std::string_view name) const;

 private:
  // Between two literals, which may be empty, stands one text without a slash, of at least one
  // character.
  std::vector<std::string> literals_;
  bool prefix_ = false;  // anything may follow
};

}  // namespace ringcast
