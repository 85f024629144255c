// The forms of a request target (RFC 9112 3.2) and the authority inside one.
//
// Threads: pure functions.
#pragma once

#include <string_view>

#include "protocol/http_types.h"

namespace ringcast {

// host [":" port] of RFC 3986 3.2, without userinfo, not empty, and without a comma, which would
// make a list of a Host field: a name, an IPv4 address, or an IP literal in brackets.
bool IsValidAuthority(std::string_view text);

// Reads head.target by head.method and sets path and query; for the absolute form also head.host.
// Accepted are the origin form, the absolute form with http or https, and "*" with OPTIONS.
// False: any other form, or an absolute form with a bad authority (400).
// REQUIRES: the bytes of the target passed StrictHead.
bool SplitTarget(RequestHead& head);

}  // namespace ringcast
