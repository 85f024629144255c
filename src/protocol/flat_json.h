// A JSON object of texts and numbers, such as a channel's settings: {"history-events":100}.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ringcast {

// Each key with its value: a text as it is, a number as it was written.
using FlatJson = std::vector<std::pair<std::string, std::string>>;

// Takes printable ASCII alone, in keys and values: an answer may repeat them. The error says what
// is wrong, with the key as far as there is one.
Result<FlatJson> ReadFlatJson(std::string_view json);

}  // namespace ringcast
