// A hash table that finds the index of an object by the object's hash; the objects, and the keys in
// them, lie elsewhere (in a Slab). Open addressing with linear probing: an entry is eight bytes,
// and a look-up mostly reads one cache line. Erasing shifts the entries behind it back, so that
// there are no tombstones and a table under steady churn stays as fast as a new one.
//
// The table keeps 32 bits of each hash: enough to tell nearly every stranger apart without looking
// at the object, and to grow without asking for the keys again.
//
// Threads: one at a time.
// Invariants: the number of slots is a power of two or zero. At most 3/4 of them are taken. Between
// an entry and the slot its hash names there is no empty slot. Memory follows the size down as
// well: below 1/8 the table halves, but never under what the constructor was told to expect.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/index.h"

namespace ringcast {

class HashIndex {
 public:
  // With `expected` > 0, room for so many entries is made now and kept: no allocation up to there.
  explicit HashIndex(std::size_t expected = 0) {
    if (expected > 0) {
      min_slots_ = std::bit_ceil(expected + (expected + 2) / 3);
      if (min_slots_ < kLeastSlots) min_slots_ = kLeastSlots;
      Rehash(min_slots_);
    }
  }

  // The index of the entry with this hash for which eq(index) holds, or kNoIndex. eq compares keys;
  // it is called only for entries whose kept hash bits agree.
  template <class Eq>
  std::uint32_t Find(std::uint64_t hash, Eq&& eq) const {
    if (slots_.empty()) return kNoIndex;
    const std::uint32_t hash32 = Fold(hash);
    for (std::size_t at = hash32 & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.index == kNoIndex) return kNoIndex;
      if (slot.hash32 == hash32 && eq(slot.index)) return slot.index;
    }
  }

  // Asks for the memory that Find(hash) reads first.
  void Prefetch(std::uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[Fold(hash) & mask()]);
  }

  // Adds an entry. Allocates when the table has to grow: the cost is spread over the entries added.
  // REQUIRES: index != kNoIndex, and no entry with this index; the caller has looked for the key.
  void Insert(std::uint64_t hash, std::uint32_t index) {
    RC_CHECK(index != kNoIndex, "kNoIndex names no element");
    if (size_ + 1 > slots_.size() / 4 * 3) {
      Rehash(slots_.empty() ? kLeastSlots : slots_.size() * 2);
    }
    Place(Slot{Fold(hash), index});
    ++size_;
  }

  // Takes an entry out. REQUIRES: Insert(hash, index) put it in.
  void Erase(std::uint64_t hash, std::uint32_t index) {
    RC_CHECK(size_ > 0, "an entry is erased once, with the hash it was inserted with");
    std::size_t hole = Fold(hash) & mask();
    while (slots_[hole].index != index) {
      RC_CHECK(slots_[hole].index != kNoIndex,
               "an entry is erased once, with the hash it was inserted with");
      hole = (hole + 1) & mask();
    }
    // Move back each later entry of the run that may stand in the hole: one whose own slot is not
    // behind the hole. Distances are taken modulo the table's size, since a run may wrap round its
    // end.
    for (std::size_t at = (hole + 1) & mask(); slots_[at].index != kNoIndex;
         at = (at + 1) & mask()) {
      const std::size_t from_home = (at - slots_[at].hash32) & mask();
      const std::size_t from_hole = (at - hole) & mask();
      if (from_home >= from_hole) {
        slots_[hole] = slots_[at];
        hole = at;
      }
    }
    slots_[hole] = Slot{};
    --size_;
    if (size_ < slots_.size() / 8 && slots_.size() / 2 >= min_slots_) Rehash(slots_.size() / 2);
  }

  std::size_t size() const { return size_; }                              // entries
  std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }  // heap memory held

 private:
  // Two cache lines of memory: the smallest table worth having.
  static constexpr std::size_t kLeastSlots = 16;

  struct Slot {
    std::uint32_t hash32 = 0;
    std::uint32_t index = kNoIndex;  // kNoIndex: empty
  };

  static std::uint32_t Fold(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  std::size_t mask() const { return slots_.size() - 1; }

  void Place(Slot slot) {
    std::size_t at = slot.hash32 & mask();
    for (; slots_[at].index != kNoIndex; at = (at + 1) & mask()) {
      RC_CHECK(slots_[at].index != slot.index, "an index has at most one entry");
    }
    slots_[at] = slot;
  }

  void Rehash(std::size_t slot_count) {
    // Slots are chosen by 32 bits of hash: beyond 2^32 slots the rest would never be used.
    RC_CHECK(slot_count <= std::size_t{1} << 32, "a table has no more slots than hashes can name");
    std::vector<Slot> old(slot_count);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.index != kNoIndex) Place(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  std::size_t min_slots_ = kLeastSlots;
};

}  // namespace ringcast
