#include "hub/address_limits.h"

#include "hub/budget.h"

namespace ringcast {

AddressLimits::AddressLimits(const Options& options) : options_(options) {
  if (options_.per_second == 0) return;
  const std::uint64_t burst = options_.burst > 0 ? options_.burst : options_.per_second;
  constexpr std::size_t kSets = budget::kTrackedAddresses / ArrivalTable::kWays / kStripes;
  for (Stripe& stripe : stripes_) {
    stripe.arrivals = std::make_unique<ArrivalTable>(options_.per_second, burst, kSets);
  }
}

AddressLimits::Verdict AddressLimits::Enter(Key key, MonoTime now) {
  Stripe& stripe = StripeOf(key);
  const std::lock_guard lock(stripe.mutex);
  std::uint32_t place = kNoIndex;
  if (options_.connections > 0) {
    place = stripe.index.Find(HashOf(key),
                              [&](std::uint32_t i) { return stripe.counts[i].key == key; });
    if (place != kNoIndex && stripe.counts[place].connections >= options_.connections) {
      return Verdict::kTooMany;  // and takes no token
    }
  }
  if (stripe.arrivals && !stripe.arrivals->Admit(key, now)) return Verdict::kTooFast;
  if (options_.connections == 0) return Verdict::kWithin;
  if (place == kNoIndex) {
    place = stripe.counts.Allocate();
    stripe.counts[place].key = key;
    stripe.index.Insert(HashOf(key), place);
  }
  ++stripe.counts[place].connections;
  return Verdict::kWithin;
}

void AddressLimits::Leave(Key key) {
  if (options_.connections == 0) return;
  Stripe& stripe = StripeOf(key);
  const std::lock_guard lock(stripe.mutex);
  const std::uint32_t place =
      stripe.index.Find(HashOf(key), [&](std::uint32_t i) { return stripe.counts[i].key == key; });
  if (place == kNoIndex || --stripe.counts[place].connections > 0) return;
  stripe.index.Erase(HashOf(key), place);
  stripe.counts.Free(place);
}

std::size_t AddressLimits::bytes() {
  std::size_t sum = 0;
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    sum += stripe.index.bytes() + stripe.counts.bytes();
    if (stripe.arrivals) sum += stripe.arrivals->bytes();
  }
  return sum;
}

}  // namespace ringcast
