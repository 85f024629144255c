#include "load/id_table.h"

namespace ringcast {

void IdTable::Put(std::uint64_t seq, std::string_view id) {
  if (seq > kMaxEvents) return;
  const std::lock_guard lock(mutex_);
  if (seq >= ids_.size()) ids_.resize(seq + 1);
  if (!ids_[seq].empty()) return;
  ids_[seq] = id;
  ++size_;
}

std::string IdTable::Find(std::uint64_t seq) const {
  const std::lock_guard lock(mutex_);
  return seq < ids_.size() ? ids_[seq] : std::string();
}

std::uint64_t IdTable::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace ringcast
