// How fast each client address opens connections: a token bucket for each, in a table of a fixed
// size. The bucket is kept as one point in time, by which it is full again (the "generic cell rate
// algorithm" of ATM, as nginx and HAProxy in their own ways): a connection moves it on by the
// interval, and is within the rate while it is not further ahead than the burst allows.
//
// A full table errs towards letting in. Addresses are told apart by their whole keyed hash, so
// nobody is refused for what another address did. When a set of the table has no place left, the
// address in it that is nearest to a full bucket is forgotten, and has a full one when it comes
// again: whoever commands more addresses than the table holds has its rate forgiven, and takes
// nothing from anybody.
//
// Threads: one at a time.
// Invariants: memory is set when it is made; an address stands in the table at most once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace ringcast {

class ArrivalTable {
 public:
  // `per_second` connections a second, `burst` of them at once. `sets` is a power of two; each
  // holds kWays addresses. REQUIRES: per_second and burst in [1, 1e9].
  ArrivalTable(std::uint64_t per_second, std::uint64_t burst, std::size_t sets);

  // Whether a connection of the address (a keyed hash, not 0) that comes now is within the rate;
  // one that is not takes no token. `now` is of the monotonic clock; threads that share a table may
  // each be a little late.
  bool Admit(std::uint64_t key, MonoTime now);

  static constexpr std::size_t kWays = 8;
  // The bits of a key from here on choose its set; those below are for whoever has many tables.
  static constexpr unsigned kSetShift = 8;
  std::size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    std::uint64_t key = 0;     // 0: empty
    std::int64_t full_at = 0;  // nanoseconds: when the bucket is full again; of an empty place the
                               // earliest of all
  };

  std::int64_t interval_ns_;   // between two connections at the rate
  std::int64_t tolerance_ns_;  // how far full_at may lie ahead for one more
  std::size_t set_mask_;
  std::vector<Entry> entries_;
};

}  // namespace ringcast
