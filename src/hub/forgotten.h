// What is remembered of channels that are gone: for each bucket of names the newest sequence that
// was forgotten by one of them. A channel with no subscriber and no history so costs nothing for
// ever, and still a client that comes back to it learns whether it missed something: exactly, or,
// when another name of the same bucket forgot something later, as a gap that is none. Never the
// other way round.
//
// Threads: the sequencer's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hub/budget.h"
#include "hub/event_order.h"

namespace ringcast {

class Forgotten {
 public:
  Forgotten() : newest_(budget::kForgottenBuckets, 0) {}

  // A channel whose name has this hash has forgotten everything up to `sequence`.
  void Note(std::uint64_t name_hash, Sequence sequence) {
    Sequence& bucket = newest_[Bucket(name_hash)];
    bucket = std::max(bucket, sequence);
  }

  // Every channel that is gone may have missed something that nobody here has seen.
  void NoteAll(Sequence sequence) { std::fill(newest_.begin(), newest_.end(), sequence); }

  // Everything after the returned sequence that was published to such a channel is known.
  Sequence Newest(std::uint64_t name_hash) const { return newest_[Bucket(name_hash)]; }

 private:
  static std::size_t Bucket(std::uint64_t name_hash) {
    static_assert((budget::kForgottenBuckets & (budget::kForgottenBuckets - 1)) == 0);
    // The upper half: the lower one picks the slot of the name table.
    return static_cast<std::size_t>(name_hash >> 32) & (budget::kForgottenBuckets - 1);
  }

  std::vector<Sequence> newest_;
};

}  // namespace ringcast
