// What each client address may have, over all shards: connections at a time, and connections a
// second. Only used when one of them is limited: a shard then asks once for each connection that
// comes and tells once when it goes. Addresses are kept as keyed hashes, so strangers cannot choose
// two that collide.
//
// Threads: any. One lock for each of a few stripes, held for a look-up; nothing on the path of
// events takes it, and nobody does while nothing is limited.
// Invariants: only what Enter() let in is counted. Memory grows with the most addresses that were
// there at a time and is reused; a connection allocates nothing beyond that. The rate's table has a
// fixed size (arrival_table.h says what becomes of more addresses than it holds).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/hash_index.h"
#include "base/slab.h"
#include "base/time.h"
#include "hub/arrival_table.h"

namespace ringcast {

class AddressLimits {
 public:
  // 56 bits: what travels with a connection that is passed from shard to shard. 0 means "no
  // address".
  using Key = std::uint64_t;
  static constexpr Key kKeyMask = (Key{1} << 56) - 1;

  struct Options {
    std::uint64_t connections = 0;  // at a time; 0: no limit
    std::uint64_t per_second = 0;   // 0: no limit
    std::uint64_t burst = 0;        // at once, while per_second is limited; 0: one second's worth
    bool enabled() const { return connections > 0 || per_second > 0; }
    bool operator==(const Options&) const = default;
  };
  enum class Verdict : std::uint8_t { kWithin, kTooMany, kTooFast };

  explicit AddressLimits(const Options& options);

  // Other limits from now on, for those who come; who was counted still is. With another rate every
  // address has its whole burst again. On one thread at a time.
  void Change(const Options& options);

  // One more connection wants to come. When it is within the limits it is counted, also by a rate
  // alone, and Leave() follows when it has gone. REQUIRES: key != 0.
  Verdict Enter(Key key, MonoTime now);
  void Leave(Key key);

  std::size_t bytes();

 private:
  static constexpr std::size_t kStripes = 64;
  struct Count {
    Key key = 0;
    std::uint64_t connections = 0;
  };
  struct Stripe {
    std::mutex mutex;
    std::uint64_t most_connections = 0;  // of an address; 0: no limit
    HashIndex index;
    Slab<Count, 64> counts;
    std::unique_ptr<ArrivalTable> arrivals;
  };
  Stripe& StripeOf(Key key) { return stripes_[key % kStripes]; }
  // Of one stripe's table: without the bits that all its keys share.
  static std::uint64_t HashOf(Key key) { return key / kStripes; }

  static std::unique_ptr<ArrivalTable> MakeArrivals(const Options& options);

  Options options_;  // as Change() was told last, by its thread alone
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace ringcast
