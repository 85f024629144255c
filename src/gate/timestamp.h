// A moment as people and JSON.stringify() write it (RFC 3339): "2026-11-21T20:52:00Z",
// "2026-11-21T20:52:00.123Z", "2026-11-21T21:52:00+01:00".
//
// Threads: pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringcast {

// In Unix seconds, a fraction cut off; nothing when it is no such moment.
std::optional<std::int64_t> ParseTimestamp(std::string_view text);

}  // namespace ringcast
