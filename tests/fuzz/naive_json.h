// Reads one line of `POST /publish` as RFC 8259 and protocol/ndjson.h put it down, by recursive
// descent. It shares nothing with the parser of the product, which lets a library read.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/ndjson.h"

namespace ringcast::test {

struct NaiveLine {
  // Nothing when the line is refused.
  std::optional<PublishLine> line;
  // The line holds what two readers may differ about: a number near or beyond the largest double,
  // or nesting beyond what recursion is good for. Then `line` says nothing.
  bool unsure = false;
};

NaiveLine ReadLineNaively(std::string_view text);

// `text` as a JSON string, in quotes, with no escape that is not needed.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace ringcast::test
