// A web origin a browser may read the streams from, as `Origin` carries it (RFC 6454 6.2).
//
// Threads: any. Pure function.
// Invariants: the result compares byte for byte with what a browser sends: lower case, no path, no
// default port.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

// "*", "null", or SCHEME://HOST[:PORT]. The error says what to write instead.
Result<std::string> ParseOrigin(std::string_view text);

}  // namespace ringcast
