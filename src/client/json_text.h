// JSON strings for lines that commands print.
//
// Threads: any; pure.
#pragma once

#include <string>
#include <string_view>

namespace ringcast {

// Appends `text` as a JSON string in quotes (RFC 8259 section 7). Bytes that are not UTF-8 become
// U+FFFD, as a decoder of the stream would have it (HTML standard 9.2.6).
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace ringcast
