// The key by which a publisher names one event, so that the server can tell the event sent again
// from another one (the header Idempotency-Key of HTTP, "key" in a line of a batch).
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringcast {

inline constexpr std::size_t kMaxIdempotencyKeySize = 128;  // bytes

// 1 to 128 visible ASCII characters, taken as they are: quotes belong to the key.
constexpr bool IsValidIdempotencyKey(std::string_view key) {
  if (key.empty() || key.size() > kMaxIdempotencyKeySize) return false;
  for (const char c : key) {
    if (c < 0x21 || c > 0x7E) return false;
  }
  return true;
}

inline constexpr std::string_view kIdempotencyKeyFault =
    "an idempotency key has 1 to 128 visible ASCII characters";

}  // namespace ringcast
