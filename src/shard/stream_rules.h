// What is different for the streams of some routes while they last: their heartbeat and the types
// of events they get. A stream keeps the rules that it began with, also when the routes change, so
// they are kept here for as long as a stream has them; streams with the same rules share them.
//
// Threads: the shard's.
// Invariants: number 0 stands for no rules of one's own, and is never counted.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "protocol/event_filter.h"
#include "protocol/route_table.h"

namespace ringcast {

struct StreamRules {
  std::optional<Millis> heartbeat;  // 0: none; no value: the one of all streams
  EventFilter filter;

  bool operator==(const StreamRules&) const = default;
};

class StreamRulesTable {
 public:
  static constexpr std::uint16_t kNone = 0;

  // The number of a route's rules, for one more stream. Beyond 65,535 different ones, which only
  // thousands of routes and many reloads could bring about: none.
  std::optional<std::uint16_t> Enter(const Route& route) {
    StreamRules rules{.heartbeat = route.heartbeat, .filter = route.events};
    if (rules == StreamRules{}) return kNone;
    std::size_t free = entries_.size();
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      if (entries_[i].streams == 0) {
        free = i;
      } else if (entries_[i].rules == rules) {
        ++entries_[i].streams;
        return static_cast<std::uint16_t>(i);
      }
    }
    if (free > UINT16_MAX) return std::nullopt;
    if (free == entries_.size()) entries_.emplace_back();
    entries_[free] = {std::move(rules), 1};
    return static_cast<std::uint16_t>(free);
  }

  void Leave(std::uint16_t number) {
    if (number == kNone) return;
    RC_CHECK(entries_[number].streams > 0, "rules are left once for each time they are entered");
    --entries_[number].streams;
  }

  const StreamRules& operator[](std::uint16_t number) const { return entries_[number].rules; }

 private:
  struct Entry {
    StreamRules rules;
    std::uint32_t streams = 0;
  };
  std::vector<Entry> entries_ = std::vector<Entry>(1);
};

}  // namespace ringcast
