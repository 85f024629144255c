// Channel names: what a publisher may publish to and a subscriber may ask for.
//
// The grammar: 1 to 255 bytes of `A-Z a-z 0-9 . _ ~ : @ = + - /`; no segment between slashes is
// empty (so no slash first, last or twice in a row) and none is `.` or `..`. A name is compared
// byte for byte, is percent-decoded exactly once before it comes here, and never becomes a file
// path. None of its bytes needs an escape in JSON, in an SSE field or in a log line.
//
// Threads: any; the functions are pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringcast {

// Bytes. One byte of length on the wire would do; it also keeps names readable in logs.
inline constexpr std::size_t kMaxChannelNameSize = 255;

// Whether `name` follows the grammar above.
bool IsValidChannelName(std::string_view name);

// Why `name` is refused, as a sentence for the person who sent it, or an empty view when it is
// valid. The text is static and never contains bytes of `name`.
std::string_view ChannelNameError(std::string_view name);

}  // namespace ringcast
