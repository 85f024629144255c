// When the sequencer rings for shards that sleep.
//
// Waking a thread costs more than a delivery. While each shard has a core to itself it does not
// matter: it has nothing else to do. With many shards to a core, and events that each concern one
// of them, every event would pay for a wake-up of its own. So a shard then rests between two rings:
// what comes meanwhile waits in its lane and is sent in one go. A shard that has been quiet is rung
// at once, and so is one for which much waits.
//
// Threads: the sequencer's.
// Invariants: a shard that was wanted is rung for within one rest of its last ring.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/time.h"

namespace ringcast {

class DoorbellPacer {
 public:
  // Entries that are worth a wake-up at any time.
  static constexpr std::size_t kEnough = 64;

  // The least time between two rings for one shard: none while there are cores enough, and 100 us
  // for each shard too many, 5 ms at most, since it is added to what a delivery takes.
  static constexpr Nanos RestFor(unsigned shards, unsigned cores) {
    constexpr Nanos kEach = std::chrono::microseconds(100);
    constexpr Nanos kMost = Millis(5);
    return shards <= cores ? Nanos(0) : std::min<Nanos>(kMost, kEach * (shards - cores));
  }

  DoorbellPacer(unsigned shards, Nanos rest) : rest_(rest), shards_(shards) {}

  // The shard sleeps, and entries wait for it.
  void Want(unsigned shard) {
    if (shards_[shard].wanted) return;
    shards_[shard].wanted = true;
    wanted_.push_back(shard);
  }

  // Calls ring(shard) for each wanted shard whose time has come. `waiting(shard)` tells the entries
  // in its lane: with none left it has woken by itself and needs no ring.
  template <class Waiting, class Ring>
  void RingDue(MonoTime now, Waiting&& waiting, Ring&& ring) {
    next_ = MonoTime::max();
    std::erase_if(wanted_, [&](unsigned number) {
      Shard& shard = shards_[number];
      const std::size_t entries = waiting(number);
      const MonoTime due = shard.rung + rest_;
      if (entries > 0 && entries < kEnough && now < due) {
        next_ = std::min(next_, due);
        return false;
      }
      shard.wanted = false;
      if (entries == 0) return true;
      shard.rung = now;
      ring(number);
      return true;
    });
  }

  // When RingDue() has to be called again; MonoTime::max() when no shard is wanted.
  MonoTime next() const { return next_; }

 private:
  struct Shard {
    MonoTime rung{};  // the last time
    bool wanted = false;
  };
  const Nanos rest_;
  MonoTime next_ = MonoTime::max();
  std::vector<Shard> shards_;
  std::vector<unsigned> wanted_;
};

}  // namespace ringcast
