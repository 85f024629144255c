// What is different for the streams of some routes while they last: their heartbeat and the types
// of events they get. A stream keeps the rules that it began with, also when the routes change, so
// they are kept here for as long as a stream has them; streams with the same rules share them.
// Slots without rules of their own cost nothing.
//
// Threads: the shard's.
// Invariants: rules are kept exactly while a stream has them.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/chunked_array.h"
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
  // Whether the route's streams have rules of their own; then the slot's are these until Leave().
  bool Enter(std::uint32_t slot, const Route& route) {
    StreamRules rules{.heartbeat = route.heartbeat, .filter = route.events};
    if (rules == StreamRules{}) return false;
    numbers_.EnsureIndex(slot);
    std::uint32_t free = static_cast<std::uint32_t>(entries_.size());
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].streams == 0) {
        free = i;
      } else if (entries_[i].rules == rules) {
        ++entries_[i].streams;
        numbers_[slot] = i;
        return true;
      }
    }
    if (free == entries_.size()) entries_.emplace_back();
    entries_[free] = {std::move(rules), 1};
    numbers_[slot] = free;
    return true;
  }

  // REQUIRES: Enter() gave true for the slot.
  void Leave(std::uint32_t slot) {
    Entry& entry = entries_[numbers_[slot]];
    RC_CHECK(entry.streams > 0, "rules are left once for each time they are entered");
    if (--entry.streams == 0) entry.rules = StreamRules{};
  }
  const StreamRules& Of(std::uint32_t slot) const { return entries_[numbers_[slot]].rules; }

 private:
  struct Entry {
    StreamRules rules;
    std::uint32_t streams = 0;
  };
  std::vector<Entry> entries_;
  ChunkedArray<std::uint32_t> numbers_;  // in entries_, of slots that have rules
};

}  // namespace ringcast
