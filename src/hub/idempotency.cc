#include "hub/idempotency.h"

#include <array>
#include <cstring>

#include "base/check.h"
#include "protocol/channel_name.h"
#include "protocol/idempotency_key.h"

namespace ringcast {
namespace {

// A key for one purpose, of which nothing follows about another's.
HashKey Derived(HashKey secret, char purpose) {
  const std::array<char, 2> low{purpose, '0'};
  const std::array<char, 2> high{purpose, '1'};
  return {SipHash<2, 4>(secret, {low.data(), low.size()}),
          SipHash<2, 4>(secret, {high.data(), high.size()})};
}

}  // namespace

Idempotency::Idempotency(HashKey hash_key, std::uint32_t window, std::uint32_t most)
    : first_key_(Derived(hash_key, 'a')),
      second_key_(Derived(hash_key, 'b')),
      event_key_(Derived(hash_key, 'e')),
      window_(window),
      most_(most) {
  RC_CHECK(most > 0, "a table without room could remember nothing");
}

Idempotency::Claim Idempotency::ClaimOf(std::string_view channel, std::string_view key,
                                        const Event& event) const {
  // A byte that neither may have stands between them, so that no two pairs look alike.
  std::array<char, kMaxChannelNameSize + 1 + kMaxIdempotencyKeySize> joined;
  RC_CHECK(channel.size() <= kMaxChannelNameSize && key.size() <= kMaxIdempotencyKeySize,
           "channel and key have been judged");
  std::memcpy(joined.data(), channel.data(), channel.size());
  joined[channel.size()] = '\0';
  std::memcpy(joined.data() + channel.size() + 1, key.data(), key.size());
  const std::string_view name(joined.data(), channel.size() + 1 + key.size());
  const std::uint64_t type = SipHash<2, 4>(event_key_, event.type);
  return {.first = SipHash<2, 4>(first_key_, name),
          .second = SipHash<2, 4>(second_key_, name),
          .event = SipHash<2, 4>({event_key_.k0 ^ type, event_key_.k1}, event.data)};
}

std::uint32_t Idempotency::Find(const Claim& claim) const {
  return index_.Find(claim.first, [&](std::uint32_t index) {
    const Claim& known = entries_[index].claim;
    return known.first == claim.first && known.second == claim.second;
  });
}

Idempotency::Verdict Idempotency::Judge(const Claim& claim, std::uint32_t now_tick,
                                        Sequence& sequence) const {
  const std::uint32_t index = Find(claim);
  if (index == kNoIndex || IsOver(entries_[index], now_tick)) return Verdict::kNew;
  sequence = entries_[index].sequence;
  return entries_[index].claim.event == claim.event ? Verdict::kRepeated : Verdict::kOther;
}

void Idempotency::Remember(const Claim& claim, Sequence sequence, std::uint32_t now_tick) {
  if (window_ == 0) return;
  // One that is over may still be there.
  const std::uint32_t before = Find(claim);
  if (before != kNoIndex) {
    RC_CHECK(IsOver(entries_[before], now_tick), "a key is remembered once in its window");
    Forget(before);
  }
  if (entries_.size() >= most_) {
    if (!IsOver(entries_[by_age_.front()], now_tick)) ++dropped_;
    Forget(by_age_.front());
  }
  const std::uint32_t index = entries_.Allocate();
  entries_[index].claim = claim;
  entries_[index].sequence = sequence;
  entries_[index].tick = now_tick;
  by_age_.PushBack(AgeLinks{&entries_}, index);
  index_.Insert(claim.first, index);
}

void Idempotency::Expire(std::uint32_t now_tick) {
  for (std::uint32_t left = budget::kExpiredKeysPerTick; left > 0 && !by_age_.empty(); --left) {
    if (!IsOver(entries_[by_age_.front()], now_tick)) return;
    Forget(by_age_.front());
  }
}

void Idempotency::Forget(std::uint32_t index) {
  by_age_.Remove(AgeLinks{&entries_}, index);
  index_.Erase(entries_[index].claim.first, index);
  entries_.Free(index);
}

}  // namespace ringcast
