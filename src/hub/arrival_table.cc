#include "hub/arrival_table.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace ringcast {

ArrivalTable::ArrivalTable(std::uint64_t per_second, std::uint64_t burst, std::size_t sets)
    : set_mask_(sets - 1), entries_(sets * kWays) {
  constexpr std::uint64_t kNanosPerSecond = 1'000'000'000;
  RC_CHECK(per_second >= 1 && per_second <= kNanosPerSecond, "a rate is at least one a second");
  RC_CHECK(burst >= 1 && burst <= kNanosPerSecond, "a burst is at least one");
  RC_CHECK(std::has_single_bit(sets), "sets are chosen by a mask");
  interval_ns_ = static_cast<std::int64_t>(kNanosPerSecond / per_second);
  tolerance_ns_ = interval_ns_ * static_cast<std::int64_t>(burst - 1);
}

bool ArrivalTable::Admit(std::uint64_t key, MonoTime now) {
  RC_CHECK(key != 0, "0 stands for an empty place");
  const std::int64_t now_ns = now.time_since_epoch().count();
  Entry* const set = entries_.data() + (key >> kSetShift & set_mask_) * kWays;
  Entry* const end = set + kWays;
  Entry* entry = std::find_if(set, end, [key](const Entry& e) { return e.key == key; });
  if (entry == end) {
    entry = std::min_element(set, end,
                             [](const Entry& a, const Entry& b) { return a.full_at < b.full_at; });
    *entry = {key, now_ns};
  }
  const std::int64_t full_at = std::max(entry->full_at, now_ns);
  if (full_at - now_ns > tolerance_ns_) return false;
  entry->full_at = full_at + interval_ns_;
  return true;
}

}  // namespace ringcast
