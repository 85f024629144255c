// How many connections each client address holds, over all shards. Only used when a limit is set: a
// shard then asks once for each connection that comes and tells once when it goes. Addresses are
// kept as keyed hashes, so strangers cannot choose two that collide.
//
// Threads: any. One lock for each of a few stripes, held for a look-up; nothing on the path of
// events takes it.
// Invariants: an address without a connection takes no memory.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace ringcast {

class AddressLimits {
 public:
  // 56 bits: what travels with a connection that is passed from shard to shard. 0 means "no
  // address".
  using Key = std::uint64_t;
  static constexpr Key kKeyMask = (Key{1} << 56) - 1;

  // `limit`: connections of one address; 0: no limit.
  explicit AddressLimits(std::uint64_t limit) : limit_(limit) {}

  bool enabled() const { return limit_ > 0; }

  // Counts one more connection and tells whether it is within the limit. Whatever the answer,
  // Leave() follows when it has gone. REQUIRES: key != 0.
  bool Enter(Key key) {
    Stripe& stripe = StripeOf(key);
    const std::lock_guard lock(stripe.mutex);
    return ++stripe.counts[key] <= limit_;
  }

  void Leave(Key key) {
    Stripe& stripe = StripeOf(key);
    const std::lock_guard lock(stripe.mutex);
    const auto found = stripe.counts.find(key);
    if (found != stripe.counts.end() && --found->second == 0) stripe.counts.erase(found);
  }

 private:
  struct Stripe {
    std::mutex mutex;
    std::unordered_map<Key, std::uint64_t> counts;
  };
  Stripe& StripeOf(Key key) { return stripes_[key % stripes_.size()]; }

  const std::uint64_t limit_;
  std::array<Stripe, 64> stripes_;
};

}  // namespace ringcast
