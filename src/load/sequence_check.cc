#include "load/sequence_check.h"

namespace ringcast {

void SequenceFaults::Add(const SequenceFaults& other) {
  lost += other.lost;
  duplicated += other.duplicated;
  reordered += other.reordered;
  foreign += other.foreign;
  gaps += other.gaps;
  told += other.told;
}

bool SequenceFaults::None(bool allow_gaps) const {
  return lost + duplicated + reordered + foreign == 0 && (allow_gaps || gaps == 0);
}

bool SequenceCheck::Take(std::uint64_t seq, SequenceFaults& faults) {
  if (seq == due_) [[likely]] {
    ++due_;
    gap_told_ = false;
    return true;
  }
  if (due_ == 0) {
    first_ = seq;
    due_ = seq + 1;
    start_told_ = gap_told_;
    gap_told_ = false;
    return true;
  }
  if (seq > due_) {
    (gap_told_ ? faults.told : faults.lost) += seq - due_;
    hole_start_ = due_;
    hole_end_ = seq;
    hole_told_ = gap_told_;
    due_ = seq + 1;
    gap_told_ = false;
    return true;
  }
  if (seq < hole_start_ || seq >= hole_end_) {
    ++faults.duplicated;
    return false;
  }
  ++faults.reordered;
  --(hole_told_ ? faults.told : faults.lost);
  // Late events come in order as a rule: what is left of the hole is behind this one.
  hole_start_ = seq + 1;
  return true;
}

void SequenceCheck::TakeGap(SequenceFaults& faults) {
  ++faults.gaps;
  gap_told_ = true;
}

void SequenceCheck::Finish(std::uint64_t start, std::uint64_t end, SequenceFaults& faults) {
  if (due_ == 0) due_ = first_ = start;
  if (first_ > start) (start_told_ ? faults.told : faults.lost) += first_ - start;
  if (end > due_) (gap_told_ ? faults.told : faults.lost) += end - due_;
}

}  // namespace ringcast
