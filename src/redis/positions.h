// How far the streams of a source have been read: up to where every entry has been answered by the
// daemon. Kept in a file, so that the next run goes on there.
//
// The file is text: a first line that says what it is, a line for each pattern whose keys have all
// been looked for once, a line for each stream. Names are percent-encoded.
//
//   ringcast redis positions 1
//   searched bull:*:events
//   stream bull:video:events 1795256970201-0 1042
//
// Threads: one at a time.
// Invariants: the file is replaced as a whole: whoever reads it finds the old one or the new one.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

// "1795256970201-0".
struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t number = 0;

  auto operator<=>(const StreamId&) const = default;

  static std::optional<StreamId> Parse(std::string_view text);
  std::string ToString() const;
};

struct RedisPosition {
  StreamId id;  // of the last entry; 0-0: before the first
  // How many entries had been added to the stream, ever, up to that one; nothing when the server
  // does not count (before Redis 7).
  std::optional<std::uint64_t> added;

  bool operator==(const RedisPosition&) const = default;
};

struct RedisPositions {
  std::map<std::string, RedisPosition> streams;  // by key
  std::set<std::string> searched;                // patterns

  bool operator==(const RedisPositions&) const = default;
};

std::string WritePositions(const RedisPositions& positions);
// The error names the line.
Result<RedisPositions> ReadPositions(std::string_view text);

// No file is as good as an empty one. Errors say why it cannot be used, and the remedy.
Result<RedisPositions> LoadPositions(const std::string& path);
// Returns when the file would outlive a loss of power.
Status SavePositions(const std::string& path, const RedisPositions& positions);

}  // namespace ringcast
