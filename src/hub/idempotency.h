// The idempotency keys that publishers gave lately, each with the place of the event that was
// published under it: whoever sends an event again, because it never saw the answer, is told the
// first one's id, and nobody gets the event twice.
//
// A key belongs to its channel, and is forgotten when the window is over; at the bound the oldest
// go before their time (budget::kIdempotencyKeys). Neither keys nor events are kept, but keyed
// hashes of them: 128 bits of channel and key, so that no publisher can take another's key for its
// own by chance or by design, and 64 bits of the event, by which a key that comes with another
// event is noticed. Nothing outlives the process.
//
// Threads: one at a time.
// Invariants: entries are in the order in which they were remembered, which is that in which they
// expire; memory is bounded by the budget, and what was freed is reused. No clock: ticks come in.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash_index.h"
#include "base/index_list.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "hub/budget.h"
#include "hub/event_order.h"
#include "protocol/event.h"

namespace ringcast {

class Idempotency {
 public:
  // `hash_key`: secret, of this process. `window` in ticks; 0: nothing is remembered. `most`:
  // entries.
  Idempotency(HashKey hash_key, std::uint32_t window,
              std::uint32_t most = budget::kIdempotencyKeys);

  // An event under its key, as the table knows it.
  struct Claim {
    std::uint64_t first = 0;   // both: of channel and key
    std::uint64_t second = 0;  //
    std::uint64_t event = 0;   // of type and data
  };
  // REQUIRES: a valid channel name and a valid key.
  Claim ClaimOf(std::string_view channel, std::string_view key, const Event& event) const;

  enum class Verdict : std::uint8_t {
    kNew,       // publish it, then Remember() it
    kRepeated,  // the same event was published under this key
    kOther,     // another one was
  };
  // `sequence`: the earlier event's, unless the verdict is kNew.
  Verdict Judge(const Claim& claim, std::uint32_t now_tick, Sequence& sequence) const;
  // REQUIRES: Judge() says kNew, and `now_tick` is none before that of the last call.
  void Remember(const Claim& claim, Sequence sequence, std::uint32_t now_tick);

  // Another window from now on, for the keys that are there as well.
  void SetWindow(std::uint32_t window) { window_ = window; }
  // Forgets what is over, a bounded number at a time.
  void Expire(std::uint32_t now_tick);

  std::uint32_t size() const { return entries_.size(); }
  std::size_t bytes() const { return entries_.bytes() + index_.bytes(); }
  // Forgotten before their time, so far.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Entry {
    Claim claim;
    Sequence sequence = 0;
    std::uint32_t tick = 0;
    ListLink age;
  };
  struct AgeLinks {
    Slab<Entry>* entries;
    ListLink& operator()(std::uint32_t index) const { return (*entries)[index].age; }
  };

  bool IsOver(const Entry& entry, std::uint32_t now_tick) const {
    return now_tick - entry.tick >= window_;
  }
  std::uint32_t Find(const Claim& claim) const;
  void Forget(std::uint32_t index);

  HashKey first_key_;
  HashKey second_key_;
  HashKey event_key_;
  std::uint32_t window_;
  const std::uint32_t most_;
  HashIndex index_;
  Slab<Entry> entries_;
  IndexList by_age_;  // the oldest in front
  std::uint64_t dropped_ = 0;
};

}  // namespace ringcast
