// Fires one input at a server again and again: whole, cut in two at every byte, and byte by byte,
// with many connections at a time. A piece is sent only when the server has read the one before it.
//
// Long inputs are cut at their first and last bytes, around every line end near those, around the
// sizes at which buffers end, and at places between. Under ThreadSanitizer one of eight cuts is
// tried.
//
// Threads: one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/http_client.h"

namespace ringcast::test {

// Where an input of these bytes is cut in two; rising, each at least 1 and below the size.
std::vector<std::size_t> CutsOf(std::string_view bytes);

// Events above this size, in bytes, are read as they are published: many of them at once are more
// than a subscriber may be behind.
inline constexpr std::size_t kLargeEvent = 4096;

struct SplitRun {
  std::function<HttpClient()> connect;
  // Judges what came back; may add test failures.
  std::function<void(HttpClient&)> check;
  // Connections at a time; well below what a shard keeps ready, so that none is turned away.
  std::size_t at_once = 48;
};

// Gives the number of executions: connections on which the whole input was sent and what came back
// judged. Stops early once the test has failed.
std::size_t FireInEverySplit(std::string_view bytes, const SplitRun& run);

}  // namespace ringcast::test
