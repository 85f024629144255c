// The lane between two threads: a bounded queue with one producer and one consumer, without locks,
// and with the hand-shake that lets either side sleep and be woken exactly when it is needed.
//
// Batches are atomic. Stage() puts entries into free slots where nobody sees them; Commit() makes
// all of them visible at once with one store. A consumer that sees one entry of a batch sees them
// all: an event that concerns many channels is never seen in half.
//
// Threads: one producer thread and one consumer thread, each calling only its own half.
// Invariants: consumed <= committed <= staged <= consumed + capacity, counted from the start in 64
// bits, which never wrap. A slot is written only while it is free and read only while it is
// committed.
//
// Layout. What one side writes often lies apart from what the other side writes, else each store of
// one would take the line from under the other:
//   shared    slot address and mask, never written after construction; both keep a copy cached
//   producer  tail_ (read by the consumer when it has run out), staged_, its copy of head_
//   consumer  head_ (read by the producer when it has run out), consumed_, its copy of tail_
//   asleep    the consumer's sleep flag: the producer touches it at each ShouldWake(), and it stays
//   in
//             the producer's cache as long as the consumer is awake
//   waiting   the producer's flag, the mirror image
// Thanks to the copies a side reads the other's line only when the queue looks empty or full to it:
// a line moves once in a batch, not once in an entry. Groups are 128 bytes apart, since x86
// prefetches lines in pairs.
//
// The sleep hand-shake. A side that finds nothing to do sets its flag and then looks once more; the
// other side publishes its work and then looks at the flag. One of the two must see what the other
// wrote, or a wake-up is lost. That is ensured by using read-modify-writes alone on a flag: they
// stand in one order, and each reads the one before. If the sleeper's set comes later it reads what
// the waker wrote, acquires all that the waker had published, and its second look finds the work.
// If it comes earlier, the waker reads "asleep" and rings. Taking the flag down in the same step
// makes the waker ring once for each sleep. (On x86 an exchange is the full fence as well; naming
// the flag itself keeps the argument within the language, and lets a race detector check it.)
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "base/check.h"

namespace ringcast {

template <class T>
class SpscQueue {
  static_assert(std::is_trivially_copyable_v<T>, "entries are copied, never destroyed");

 public:
  // REQUIRES: capacity, in entries, is a power of two. All memory is allocated here.
  explicit SpscQueue(std::size_t capacity)
      : slots_(std::make_unique<T[]>(capacity)), mask_(capacity - 1) {
    RC_CHECK(std::has_single_bit(capacity), "a queue's capacity is a power of two");
  }
  SpscQueue(const SpscQueue&) = delete;
  SpscQueue& operator=(const SpscQueue&) = delete;

  std::size_t capacity() const { return mask_ + 1; }                            // in entries
  std::size_t bytes() const { return sizeof(*this) + capacity() * sizeof(T); }  // of memory, in all

  // Entries committed and not given back yet, for figures. On any thread; it may be a moment old.
  std::size_t Depth() const {
    // Relaxed, both: nothing is read on the strength of them. Head first, which never overtakes the
    // tail.
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(tail > head ? tail - head : 0);
  }

  // ---- Producer ----

  // Slots that may be staged. It may tell fewer than there are by now, but never fewer than
  // min(at_least, those there are): it looks at the consumer's progress only if it has to.
  std::size_t FreeSlots(std::size_t at_least = 1) {
    if (KnownFree() < at_least) {
      // Acquire: partner of the release in Release(). The consumer has read the slots it gave back
      // before they are written again.
      head_copy_ = head_.load(std::memory_order_acquire);
    }
    return KnownFree();
  }

  // Puts an entry behind those staged; the consumer does not see it before Commit().
  // REQUIRES: the last FreeSlots() told more slots than were staged since.
  void Stage(const T& entry) {
    RC_CHECK(KnownFree() > 0, "an entry is staged into a slot known to be free");
    slots_[staged_ & mask_] = entry;
    ++staged_;
  }

  // Makes all staged entries visible at once. False when there was none.
  bool Commit() {
    if (tail_.load(std::memory_order_relaxed) == staged_) return false;  // relaxed: its own store
    // Release: partner of the acquire in Refresh(). The entries are written before they are
    // counted.
    tail_.store(staged_, std::memory_order_release);
    return true;
  }

  // Stages and commits one entry (and what was staged before), or returns false if the queue is
  // full.
  bool TryPush(const T& entry) {
    if (FreeSlots() == 0) return false;
    Stage(entry);
    Commit();
    return true;
  }

  // After a Commit() of something: true when the consumer sleeps and the caller must ring for it;
  // once for each sleep.
  bool ShouldWake() { return TakeDown(asleep_); }

  // Before the producer sleeps until `wanted` slots are free: false when they are by now, and then
  // it must not sleep. After true, the consumer's next ShouldWakeProducer() tells it to ring, at
  // the first slot given back: the producer looks again and may have to wait again. A ring may also
  // come after false, too late to be taken back: one that finds nothing to do is normal. REQUIRES:
  // everything staged is committed; wanted <= capacity().
  bool PrepareWaitForSpace(std::size_t wanted) {
    RC_CHECK(staged_ == tail_.load(std::memory_order_relaxed),  // relaxed: its own store
             "the consumer cannot make room for what it cannot see");
    RC_CHECK(wanted <= capacity(), "a queue never has more free slots than slots");
    Raise(waiting_);
    if (FreeSlots(wanted) < wanted) return true;
    TakeDown(waiting_);
    return false;
  }

  // After waking, for whatever reason: the producer waits no more.
  void FinishWaitForSpace() { TakeDown(waiting_); }

  // ---- Consumer ----

  // The oldest entry not yet popped, or nullptr when nothing more is committed. Valid until
  // Release().
  const T* Front() {
    if (consumed_ == tail_copy_) {
      Refresh();
      if (consumed_ == tail_copy_) return nullptr;
    }
    return &slots_[consumed_ & mask_];
  }

  // The entry `ahead` places behind Front(), or nullptr when Front() has not yet seen so many: a
  // hint of what comes, for prefetching. Valid until Release().
  const T* Peek(std::size_t ahead) const {
    return tail_copy_ - consumed_ > ahead ? &slots_[(consumed_ + ahead) & mask_] : nullptr;
  }

  // Goes on to the next entry. The slot is not given back before Release().
  // REQUIRES: Front() was not nullptr.
  void Pop() {
    RC_CHECK(consumed_ != tail_copy_, "only an entry that was seen is popped");
    ++consumed_;
  }

  // Gives the slots of all popped entries back to the producer.
  void Release() {
    // Release: partner of the acquire in FreeSlots(). The entries are read before they are
    // overwritten.
    head_.store(consumed_, std::memory_order_release);
  }

  bool Empty() { return Front() == nullptr; }

  // After Release(): true when the producer waits for space and the caller must ring for it; once
  // for each wait.
  bool ShouldWakeProducer() { return TakeDown(waiting_); }

  // Before the consumer sleeps: false when there is something to consume by now, and then it must
  // not sleep. After true, the producer's next ShouldWake() tells it to ring. A ring may also come
  // after false, too late to be taken back: one that finds nothing to do is normal. REQUIRES:
  // everything popped is released, or a producer that waits for space would sleep as well.
  bool PrepareSleep() {
    RC_CHECK(consumed_ == head_.load(std::memory_order_relaxed),  // relaxed: its own store
             "a consumer gives its slots back before it sleeps");
    Raise(asleep_);
    if (Empty()) return true;
    TakeDown(asleep_);
    return false;
  }

  // After waking, for whatever reason: the consumer is awake and needs no ring.
  void FinishSleep() { TakeDown(asleep_); }

 private:
  static constexpr std::size_t kApart = 128;  // bytes: two cache lines, see Layout

  std::size_t KnownFree() const {
    return capacity() - static_cast<std::size_t>(staged_ - head_copy_);
  }

  void Refresh() {
    // Acquire: partner of the release in Commit(). The entries are written before they are read.
    tail_copy_ = tail_.load(std::memory_order_acquire);
  }

  // Both are acquire and release, and partners of one another across the two threads; the release
  // half covers the tail_ or head_ store that came before on this thread, the acquire half makes
  // the look at it that comes after see it. Taking down is a read-modify-write too, even by the
  // sleeper itself: a plain store would hide the other side's last write from the next Raise().
  static void Raise(std::atomic<bool>& flag) { flag.exchange(true, std::memory_order_acq_rel); }
  static bool TakeDown(std::atomic<bool>& flag) {
    return flag.exchange(false, std::memory_order_acq_rel);
  }

  const std::unique_ptr<T[]> slots_;
  const std::size_t mask_;

  alignas(kApart) std::atomic<std::uint64_t> tail_{0};  // committed by the producer
  std::uint64_t staged_ = 0;
  std::uint64_t head_copy_ = 0;

  alignas(kApart) std::atomic<std::uint64_t> head_{0};  // given back by the consumer
  std::uint64_t consumed_ = 0;
  std::uint64_t tail_copy_ = 0;

  alignas(kApart) std::atomic<bool> asleep_{false};   // the consumer is, or is about to
  alignas(kApart) std::atomic<bool> waiting_{false};  // the producer is, for free slots
};

}  // namespace ringcast
