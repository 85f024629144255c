// Percent-decoding of URL parts (RFC 3986 2.1).
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringcast {

// Decodes exactly once: "%252e" becomes "%2e". Every '%' needs two hexadecimal digits behind it,
// else there is no value. '+' stays '+': channel names may hold it, so a query here is a URL's
// query and not a form.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace ringcast
