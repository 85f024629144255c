// A web origin whose pages may read the streams, as `Origin` carries it (RFC 6454 6.2), or a
// pattern for several (protocol/origin_policy.h).
//
// Threads: any. Pure function.
// Invariants: the result compares byte for byte with what a browser sends: lower case, no path, no
// default port, and at most one star.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

// "*", "null", SCHEME://HOST[:PORT], SCHEME://*.HOST[:PORT] or SCHEME://HOST:*. The error says what
// to write instead.
Result<std::string> ParseOrigin(std::string_view text);

}  // namespace ringcast
