// Text from outside, made safe for one line of a log (CWE-117).
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringcast {

// Printable ASCII stays, a backslash is doubled, every other byte becomes \xNN (lower-case digits).
// The result has at most max bytes; text that does not fit is cut between two escapes and ends in
// "...". REQUIRES: max >= 3.
std::string EscapeForLog(std::string_view text, std::size_t max = 256);

}  // namespace ringcast
