// A hierarchical timer wheel over indices. It owns no clock: time is a count of ticks that the
// caller hands in, and what a tick lasts is the caller's affair. Scheduling, cancelling and firing
// are O(1) without allocation, the same for ten timers and for a million.
//
// Level 0 has a slot for each of the 64 ticks of the block that holds the present; each slot of
// level n covers 64^n ticks. A timer lies on the level of the highest base-64 digit in which its
// deadline differs from the present, in the slot that this digit names. When time enters a slot of
// a higher level its timers move down to finer slots, at most five times in a timer's life. One bit
// for each slot tells whether it is empty, so a silent stretch of any length is skipped in a few
// steps.
//
// The links lie in the elements; `Links` is a functor, index -> TimerLink&, callable when const. A
// slot's list ends in a sentinel whose reference has the highest bit set: an element can be taken
// out of its list without knowing which one it is, and so without storing that.
//
// Threads: one at a time.
// Invariants: an armed timer is on exactly one list. Each timer on a level lies where its deadline
// and the present put it, and all timers of a lower level come before all of a higher one. Time
// never goes back nor wraps: at 10 ms a tick, 32 bits last for 497 days, at 100 ms for 13 years.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/index.h"

namespace ringcast {

// Twelve bytes in each element that can have a timer. Both links are kNoIndex when it is not armed,
// and neither is when it is.
struct TimerLink {
  std::uint32_t prev = kNoIndex;
  std::uint32_t next = kNoIndex;
  std::uint32_t deadline_tick = 0;  // as scheduled last

  bool armed() const { return prev != kNoIndex; }
};

template <class Links>
class TimerWheel {
 public:
  // How far a deadline may lie ahead of the last tick told, in ticks. The slots reach further: what
  // lies beyond is taken for a difference that went below zero.
  static constexpr std::uint32_t kMaxAheadTicks = std::uint32_t{1} << 31;

  TimerWheel(Links links, std::uint32_t now_tick)
      : links_(std::move(links)), now_(now_tick), latest_(now_tick) {
    for (std::uint32_t list = 0; list < kLists; ++list) {
      sentinels_[list].prev = sentinels_[list].next = kSentinelBit | list;
    }
  }
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms the timer of `index`, or moves it if it is armed. A deadline that is not after the present
  // fires at the next Advance(), whatever the tick; from within Advance() that is the next call of
  // it, so that a handler cannot keep one call busy for ever. REQUIRES: index < 2^31; deadline_tick
  // at most kMaxAheadTicks ahead, and not UINT32_MAX.
  void Schedule(std::uint32_t index, std::uint32_t deadline_tick) {
    RC_CHECK(index < kSentinelBit, "the highest bit of a reference marks a sentinel");
    RC_CHECK(deadline_tick != UINT32_MAX, "the last tick means never");
    RC_CHECK(deadline_tick <= latest_ || deadline_tick - latest_ <= kMaxAheadTicks,
             "a deadline lies within the wheel's reach");
    TimerLink& link = links_(index);
    if (link.armed()) Unlink(link);
    link.deadline_tick = deadline_tick;
    Append(deadline_tick <= now_ ? kLate : ListOf(deadline_tick), index, link);
  }

  // Disarms the timer of `index`; nothing happens if it is not armed.
  void Cancel(std::uint32_t index) {
    TimerLink& link = links_(index);
    if (link.armed()) Unlink(link);
  }

  bool armed(std::uint32_t index) const { return links_(index).armed(); }

  // Moves the present to now_tick and calls fire(index) for every timer whose deadline is reached,
  // in the order of their ticks (timers of one tick in any order). A timer is disarmed before its
  // call; the call may schedule or cancel any timer, those due included. One that it schedules for
  // a tick up to now_tick but after the tick that is being fired fires in the same Advance().
  //
  // At most max_fired steps are made, a step being a timer fired or one moved to a finer slot, so
  // that a million timers that fall together do not hold up the caller's loop. Returns false when
  // that stopped it: the rest follows in the next call. REQUIRES: now_tick is not below that of an
  // earlier call; not called from fire.
  template <class Fn>
  bool Advance(std::uint32_t now_tick, std::size_t max_fired, Fn&& fire) {
    RC_CHECK(!advancing_, "Advance() is not called from its own handler");
    RC_CHECK(now_tick >= latest_, "time does not go back");
    latest_ = now_tick;
    advancing_ = true;
    TakeLate();
    const bool done = Run(now_tick, max_fired, fire);
    advancing_ = false;
    return done;
  }

  // A tick before which no timer will fire: calling Advance() earlier is needless. At that tick it
  // may find that it only has to move timers to finer slots. UINT32_MAX when no timer is armed.
  std::uint32_t NextTick() const {
    if (!ListEmpty(kFiring) || !ListEmpty(kMoving) || !ListEmpty(kLate)) return now_;
    return NextSlot().start_tick;
  }

  std::size_t size() const { return size_; }  // timers armed

  // Walks everything: links, counts, bits and places agree. O(size()); for tests.
  bool Validate() const {
    std::size_t seen = 0;
    for (std::uint32_t list = 0; list < kLists; ++list) {
      const bool has_bit = list < kSlotLists && (bits_[list / 64] >> list % 64 & 1) != 0;
      if (list < kSlotLists && has_bit == ListEmpty(list)) return false;
      std::uint32_t before = kSentinelBit | list;
      for (std::uint32_t at = sentinels_[list].next; at != (kSentinelBit | list);) {
        if ((at & kSentinelBit) != 0 || ++seen > size_) return false;
        const TimerLink& link = links_(at);
        if (link.prev != before || !BelongsOn(list, link.deadline_tick)) return false;
        before = at;
        at = link.next;
      }
      if (sentinels_[list].prev != before) return false;
    }
    return seen == size_;
  }

 private:
  static constexpr std::uint32_t kLevels = 6;  // 6 bits each: more than 32 bits
  static constexpr std::uint32_t kSlotLists = kLevels * 64;
  static constexpr std::uint32_t kFiring = kSlotLists;  // due at the present tick
  static constexpr std::uint32_t kMoving =
      kSlotLists + 1;  // of the slot just entered, to be moved down
  static constexpr std::uint32_t kLate = kSlotLists + 2;  // were due when they were scheduled
  static constexpr std::uint32_t kLists = kSlotLists + 3;
  static constexpr std::uint32_t kSentinelBit = std::uint32_t{1} << 31;

  struct Slot {
    std::uint32_t list;
    std::uint32_t start_tick;  // the first tick that the slot covers
  };

  // The list of a deadline after the present. Level: the highest differing digit; slot: that digit.
  std::uint32_t ListOf(std::uint32_t deadline_tick) const {
    const auto top_bit = static_cast<std::uint32_t>(std::bit_width(deadline_tick ^ now_)) - 1;
    const std::uint32_t level = top_bit / 6;
    return level * 64 + (deadline_tick >> level * 6 & 63);
  }

  // The first slot after the present that holds a timer: on the lowest level that is not empty.
  Slot NextSlot() const {
    for (std::uint32_t level = 0; level < kLevels; ++level) {
      if (bits_[level] == 0) continue;
      const auto slot = static_cast<std::uint32_t>(std::countr_zero(bits_[level]));
      // The digits above this level are those of the present, those below are zero.
      const std::uint64_t above = ~((std::uint64_t{1} << (level + 1) * 6) - 1);
      return Slot{level * 64 + slot,
                  static_cast<std::uint32_t>((now_ & above) | std::uint64_t{slot} << level * 6)};
    }
    return Slot{kLists, UINT32_MAX};
  }

  // What was late already is due before all that follows.
  void TakeLate() {
    if (!ListEmpty(kLate)) Splice(kLate, kFiring);
  }

  template <class Fn>
  bool Run(std::uint32_t now_tick, std::size_t max_steps, Fn& fire) {
    std::size_t steps = 0;
    while (true) {
      // Moving comes first: what is due at the present tick may be among those.
      while (!ListEmpty(kMoving)) {
        if (steps++ == max_steps) return false;
        const std::uint32_t index = sentinels_[kMoving].next;
        TimerLink& link = links_(index);
        Unlink(link);
        Append(link.deadline_tick == now_ ? kFiring : ListOf(link.deadline_tick), index, link);
      }
      while (!ListEmpty(kFiring)) {
        if (steps++ == max_steps) return false;
        const std::uint32_t index = sentinels_[kFiring].next;
        Unlink(links_(index));
        fire(index);
      }
      const Slot slot = NextSlot();
      if (slot.start_tick > now_tick || slot.list == kLists) {
        now_ = now_tick;
        return true;
      }
      now_ = slot.start_tick;
      Splice(slot.list, slot.list < 64 ? kFiring : kMoving);
    }
  }

  // Whether a timer with this deadline may lie on this list now.
  bool BelongsOn(std::uint32_t list, std::uint32_t deadline_tick) const {
    if (list == kFiring || list == kLate) return deadline_tick <= now_;
    if (list == kMoving) return deadline_tick >= now_;
    return deadline_tick > now_ && ListOf(deadline_tick) == list;
  }

  bool ListEmpty(std::uint32_t list) const {
    return sentinels_[list].next == (kSentinelBit | list);
  }

  // The link a reference names: an element's or a sentinel's.
  TimerLink& At(std::uint32_t reference) {
    if ((reference & kSentinelBit) != 0) return sentinels_[reference & ~kSentinelBit];
    return links_(reference);
  }

  void Append(std::uint32_t list, std::uint32_t index, TimerLink& link) {
    TimerLink& sentinel = sentinels_[list];
    link.prev = sentinel.prev;
    link.next = kSentinelBit | list;
    At(sentinel.prev).next = index;
    sentinel.prev = index;
    if (list < kSlotLists) bits_[list / 64] |= std::uint64_t{1} << list % 64;
    ++size_;
  }

  void Unlink(TimerLink& link) {
    At(link.prev).next = link.next;
    At(link.next).prev = link.prev;
    if (link.prev == link.next) ClearBit(link.prev & ~kSentinelBit);  // both are the sentinel
    link.prev = link.next = kNoIndex;
    --size_;
  }

  void ClearBit(std::uint32_t list) {
    if (list < kSlotLists) bits_[list / 64] &= ~(std::uint64_t{1} << list % 64);
  }

  // Moves all of a list that is not empty to the end of another, in constant time.
  void Splice(std::uint32_t from, std::uint32_t to) {
    TimerLink& source = sentinels_[from];
    TimerLink& target = sentinels_[to];
    At(source.next).prev = target.prev;
    At(target.prev).next = source.next;
    At(source.prev).next = kSentinelBit | to;
    target.prev = source.prev;
    source.prev = source.next = kSentinelBit | from;
    ClearBit(from);
  }

  Links links_;
  std::uint32_t now_;     // the present: all ticks before it are done
  std::uint32_t latest_;  // told to Advance() last; ahead of now_ while work is left over
  bool advancing_ = false;
  std::size_t size_ = 0;
  std::array<std::uint64_t, kLevels> bits_{};  // a bit for each slot: not empty
  std::array<TimerLink, kLists> sentinels_{};
};

}  // namespace ringcast
