#include "hub/address_limits.h"

#include "hub/budget.h"

namespace ringcast {

std::unique_ptr<ArrivalTable> AddressLimits::MakeArrivals(const Options& options) {
  if (options.per_second == 0) return nullptr;
  const std::uint64_t burst = options.burst > 0 ? options.burst : options.per_second;
  constexpr std::size_t kSets = budget::kTrackedAddresses / ArrivalTable::kWays / kStripes;
  return std::make_unique<ArrivalTable>(options.per_second, burst, kSets);
}

AddressLimits::AddressLimits(const Options& options) { Change(options); }

void AddressLimits::Change(const Options& options) {
  const bool same_rate =
      options.per_second == options_.per_second && options.burst == options_.burst;
  for (Stripe& stripe : stripes_) {
    // Made and freed outside of the lock, which shards wait for.
    std::unique_ptr<ArrivalTable> arrivals = same_rate ? nullptr : MakeArrivals(options);
    const std::lock_guard lock(stripe.mutex);
    stripe.most_connections = options.connections;
    if (!same_rate) stripe.arrivals.swap(arrivals);
  }
  options_ = options;
}

AddressLimits::Verdict AddressLimits::Enter(Key key, MonoTime now) {
  Stripe& stripe = StripeOf(key);
  const std::lock_guard lock(stripe.mutex);
  std::uint32_t place =
      stripe.index.Find(HashOf(key), [&](std::uint32_t i) { return stripe.counts[i].key == key; });
  if (stripe.most_connections > 0 && place != kNoIndex &&
      stripe.counts[place].connections >= stripe.most_connections) {
    return Verdict::kTooMany;  // and takes no token
  }
  if (stripe.arrivals && !stripe.arrivals->Admit(key, now)) return Verdict::kTooFast;
  if (place == kNoIndex) {
    place = stripe.counts.Allocate();
    stripe.counts[place].key = key;
    stripe.index.Insert(HashOf(key), place);
  }
  ++stripe.counts[place].connections;
  return Verdict::kWithin;
}

void AddressLimits::Leave(Key key) {
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
