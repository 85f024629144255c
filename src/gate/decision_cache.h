// What the application decided a moment ago, for the same question asked again: auth-cache.
//
// Threads: one object belongs to one thread. Time comes in as an argument.
// Invariants: nothing is given out after its time, nor after the moment at which the decision
// itself expires; entries and bytes are bounded, and beyond that the oldest goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"
#include "gate/decision.h"

namespace ringcast {

class DecisionCache {
 public:
  static constexpr std::size_t kMostEntries = 64 * 1024;
  // Of keys, which hold what the client sent: up to 24 KiB each.
  static constexpr std::size_t kMostKeyBytes = 16 * 1024 * 1024;
  // A denial is no longer kept than this: whoever signs in next tries again at once.
  static constexpr Millis kLongestDenial{1'000};

  // nullptr: not known, or not any more.
  std::shared_ptr<const Decision> Find(const std::string& key, MonoTime now,
                                       std::int64_t unix_seconds);
  // For `lifetime` from now on. Only what was decided is kept.
  void Put(const std::string& key, std::shared_ptr<const Decision> decision, MonoTime now,
           Millis lifetime);
  void Clear();

  std::size_t size() const { return by_key_.size(); }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Decision> decision;
    MonoTime until;
  };
  void Drop(std::list<Entry>::iterator entry);

  std::list<Entry> entries_;                                                 // the oldest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  // views into them
  std::size_t key_bytes_ = 0;
};

}  // namespace ringcast
