#include "gate/pending_questions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace ringcast {

PendingQuestions::Added PendingQuestions::Add(std::unique_ptr<Question> question, std::string key,
                                              const ShardAsker& asker, MonoTime deadline) {
  Cancel(asker);
  if (const auto same = by_key_.find(key); same != by_key_.end()) {
    same->second->askers.push_back(asker);
    by_asker_[PlaceOf(asker)] = same->second;
    return Added::kJoined;
  }
  const std::size_t bytes = question->bytes() + key.size();
  if (waiting_ == kMostWaiting || waiting_bytes_ + bytes > kMostWaitingBytes) return Added::kFull;
  auto entry = std::make_unique<Entry>();
  entry->number = next_number_++;
  entry->question = std::move(question);
  entry->key = std::move(key);
  entry->askers.push_back(asker);
  entry->deadline = deadline;
  ++waiting_;
  waiting_bytes_ += bytes;
  turns_.push_back(entry->number);
  by_key_.emplace(entry->key, entry.get());
  by_asker_[PlaceOf(asker)] = entry.get();
  const std::uint64_t number = entry->number;
  entries_.emplace(number, std::move(entry));
  return Added::kWaits;
}

void PendingQuestions::Cancel(const ShardAsker& asker) {
  const auto found = by_asker_.find(PlaceOf(asker));
  if (found == by_asker_.end()) return;
  Entry* entry = found->second;
  by_asker_.erase(found);
  std::erase_if(entry->askers, [&asker](const ShardAsker& other) {
    return other.shard == asker.shard && other.asker.slot == asker.asker.slot;
  });
  if (entry->askers.empty() && !entry->under_way) Take(entry->number);
}

// Drops the turns of questions that are gone.
PendingQuestions::Entry* PendingQuestions::FirstWaiting() {
  while (!turns_.empty()) {
    const auto found = entries_.find(turns_.front());
    if (found != entries_.end()) return found->second.get();
    turns_.pop_front();
  }
  return nullptr;
}

const PendingQuestions::Entry* PendingQuestions::StartNext() {
  Entry* entry = FirstWaiting();
  if (entry == nullptr) return nullptr;
  turns_.pop_front();
  entry->under_way = true;
  --waiting_;
  waiting_bytes_ -= entry->question->bytes() + entry->key.size();
  return entry;
}

std::unique_ptr<PendingQuestions::Entry> PendingQuestions::Finish(std::uint64_t number) {
  const auto found = entries_.find(number);
  RC_CHECK(found != entries_.end() && found->second->under_way, "what is finished was under way");
  return Take(number);
}

std::unique_ptr<PendingQuestions::Entry> PendingQuestions::TakeExpired(MonoTime now) {
  const Entry* entry = FirstWaiting();
  if (entry == nullptr || now < entry->deadline) return nullptr;
  turns_.pop_front();
  return Take(entry->number);
}

std::unique_ptr<PendingQuestions::Entry> PendingQuestions::Take(std::uint64_t number) {
  const auto found = entries_.find(number);
  std::unique_ptr<Entry> entry = std::move(found->second);
  entries_.erase(found);
  by_key_.erase(entry->key);
  for (const ShardAsker& asker : entry->askers) by_asker_.erase(PlaceOf(asker));
  if (!entry->under_way) {
    --waiting_;
    waiting_bytes_ -= entry->question->bytes() + entry->key.size();
  }
  return entry;
}

}  // namespace ringcast
