// The questions that have no answer yet: those that wait for their turn, oldest first, and those
// that the application is being asked. Who asks the same as somebody before waits for the same
// answer.
//
// Threads: one object belongs to one thread. Time comes in as an argument.
// Invariants: of each key there is one question; an asker waits for one. A question that nobody
// waits for any more leaves the queue; one that is under way stays until it is finished. Those that
// wait for their turn are bounded by number and bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "gate/gate_lanes.h"
#include "gate/question.h"

namespace ringcast {

class PendingQuestions {
 public:
  // Waiting for their turn. More: turned away.
  static constexpr std::size_t kMostWaiting = 16 * 1024;
  static constexpr std::size_t kMostWaitingBytes = 32 * 1024 * 1024;

  struct ShardAsker {
    std::uint32_t shard = 0;
    Asker asker;
  };
  struct Entry {
    std::uint64_t number = 0;
    std::unique_ptr<Question> question;
    std::string key;
    std::vector<ShardAsker> askers;
    MonoTime deadline;
    bool under_way = false;
  };
  enum class Added : std::uint8_t { kWaits, kJoined, kFull };

  // The asker waits from now on, and not for anything it asked before. `key`: of the question.
  Added Add(std::unique_ptr<Question> question, std::string key, const ShardAsker& asker,
            MonoTime deadline);
  // It waits no more; does nothing for one that does not wait.
  void Cancel(const ShardAsker& asker);

  // The oldest that waits is under way from now on; nullptr: none waits. Valid until it is
  // finished.
  const Entry* StartNext();
  // Takes out one that is under way. REQUIRES: it is.
  std::unique_ptr<Entry> Finish(std::uint64_t number);
  // Takes out one that waits although its deadline has passed; nullptr: there is none at the front.
  std::unique_ptr<Entry> TakeExpired(MonoTime now);

  std::size_t waiting() const { return waiting_; }
  std::size_t under_way() const { return entries_.size() - waiting_; }

 private:
  static std::uint64_t PlaceOf(const ShardAsker& asker) {
    return std::uint64_t{asker.shard} << 32 | asker.asker.slot;
  }
  Entry* FirstWaiting();
  std::unique_ptr<Entry> Take(std::uint64_t number);

  std::unordered_map<std::uint64_t, std::unique_ptr<Entry>> entries_;  // by number
  std::unordered_map<std::string_view, Entry*> by_key_;                // views into them
  std::unordered_map<std::uint64_t, Entry*> by_asker_;                 // by shard and slot
  std::deque<std::uint64_t> turns_;  // numbers, some of them of questions that are gone
  std::size_t waiting_ = 0;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t next_number_ = 1;
};

}  // namespace ringcast
