#include "hub/ended_channels.h"

#include "hub/budget.h"

namespace ringcast {

EndedChannels::EndedChannels(HashKey key)
    : keys_{HashKey{SipHash13(key, "ended 0"), SipHash13(key, "ended 1")},
            HashKey{SipHash13(key, "ended 2"), SipHash13(key, "ended 3")}} {}

EndedChannels::Digest EndedChannels::DigestOf(std::string_view name) const {
  return {SipHash13(keys_[0], name), SipHash13(keys_[1], name)};
}

std::uint32_t EndedChannels::Find(const Digest& digest) const {
  return index_.Find(digest[0],
                     [&](std::uint32_t entry) { return entries_[entry].digest == digest; });
}

void EndedChannels::Remove(std::uint32_t entry) {
  index_.Erase(entries_[entry].digest[0], entry);
  by_age_.Remove(links(), entry);
  entries_.Free(entry);
}

void EndedChannels::Remember(std::string_view name, std::uint32_t now_tick) {
  if (lifetime_ == 0) return;
  const Digest digest = DigestOf(name);
  const std::uint32_t before = Find(digest);
  if (before != kNoIndex) Remove(before);
  if (size() == budget::kEndedChannels) Remove(by_age_.front());
  const std::uint32_t entry = entries_.Allocate();
  entries_[entry].digest = digest;
  entries_[entry].ended_tick = now_tick;
  index_.Insert(digest[0], entry);
  by_age_.PushBack(links(), entry);
}

void EndedChannels::Forget(std::string_view name) {
  if (size() == 0) return;
  const std::uint32_t entry = Find(DigestOf(name));
  if (entry != kNoIndex) Remove(entry);
}

bool EndedChannels::Has(std::string_view name, std::uint32_t now_tick) const {
  if (size() == 0) return false;
  const std::uint32_t entry = Find(DigestOf(name));
  return entry != kNoIndex && !IsOver(entries_[entry], now_tick);
}

void EndedChannels::Expire(std::uint32_t now_tick) {
  for (std::uint32_t left = budget::kForgottenEndsPerTick; left > 0 && size() > 0; --left) {
    if (!IsOver(entries_[by_age_.front()], now_tick)) return;
    Remove(by_age_.front());
  }
}

}  // namespace ringcast
