#include "gate/decision_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ringcast {

std::shared_ptr<const Decision> DecisionCache::Find(const std::string& key, MonoTime now,
                                                    std::int64_t unix_seconds) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const Entry& entry = *found->second;
  const std::int64_t expires = entry.decision->expires;
  if (now >= entry.until || (expires != 0 && unix_seconds >= expires)) {
    Drop(found->second);
    return nullptr;
  }
  return entry.decision;
}

void DecisionCache::Put(const std::string& key, std::shared_ptr<const Decision> decision,
                        MonoTime now, Millis lifetime) {
  using Verdict = Decision::Verdict;
  const Verdict verdict = decision->verdict;
  if (lifetime.count() == 0 || (verdict != Verdict::kAllowed && verdict != Verdict::kDenied)) {
    return;
  }
  if (verdict == Verdict::kDenied) lifetime = std::min(lifetime, kLongestDenial);
  if (const auto known = by_key_.find(key); known != by_key_.end()) Drop(known->second);
  entries_.push_back({key, std::move(decision), now + lifetime});
  by_key_.emplace(entries_.back().key, std::prev(entries_.end()));
  key_bytes_ += key.size();
  while (!entries_.empty() && (entries_.front().until <= now || entries_.size() > kMostEntries ||
                               key_bytes_ > kMostKeyBytes)) {
    Drop(entries_.begin());
  }
}

void DecisionCache::Drop(std::list<Entry>::iterator entry) {
  by_key_.erase(entry->key);
  key_bytes_ -= entry->key.size();
  entries_.erase(entry);
}

void DecisionCache::Clear() {
  by_key_.clear();
  entries_.clear();
  key_bytes_ = 0;
}

}  // namespace ringcast
