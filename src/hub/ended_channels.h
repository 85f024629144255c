// The channels that were ended a while ago, so that a client that was away then is told so when it
// comes back: it stops for good, which it must never do for a channel that was not ended. So names
// are kept as 128 bits of a keyed hash, of which no two are ever the same.
//
// Threads: the sequencer's.
// Invariants: at most budget::kEndedChannels are remembered; beyond that, and after their time, the
// oldest are not, and count as channels that never were.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/hash_index.h"
#include "base/index_list.h"
#include "base/siphash.h"
#include "base/slab.h"

namespace ringcast {

class EndedChannels {
 public:
  // `key`: the other hashes of names that are made with it tell nothing about these.
  explicit EndedChannels(HashKey key);

  // How long an end is remembered, in ticks, from now on and of those that are; 0: not at all.
  void SetLifetime(std::uint32_t ticks) { lifetime_ = ticks; }

  void Remember(std::string_view name, std::uint32_t now_tick);
  // It has begun anew.
  void Forget(std::string_view name);
  bool Has(std::string_view name, std::uint32_t now_tick) const;

  // Gives back the memory of some of those whose time is over.
  void Expire(std::uint32_t now_tick);

  std::size_t size() const { return index_.size(); }
  std::size_t bytes() const { return entries_.bytes() + index_.bytes(); }

 private:
  using Digest = std::array<std::uint64_t, 2>;
  struct Entry {
    Digest digest{};
    std::uint32_t ended_tick = 0;
    ListLink link;
  };

  Digest DigestOf(std::string_view name) const;
  std::uint32_t Find(const Digest& digest) const;
  void Remove(std::uint32_t entry);
  bool IsOver(const Entry& entry, std::uint32_t now_tick) const {
    return now_tick - entry.ended_tick >= lifetime_;
  }
  auto links() {
    return [this](std::uint32_t entry) -> ListLink& { return entries_[entry].link; };
  }

  std::array<HashKey, 2> keys_;
  std::uint32_t lifetime_ = 0;
  Slab<Entry> entries_;
  HashIndex index_;
  IndexList by_age_;  // the oldest in front
};

}  // namespace ringcast
