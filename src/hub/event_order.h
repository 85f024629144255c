// The order of events and its outward form. Inside, an event's place is a Sequence: 64 bits that
// only grow, milliseconds since the server's start in the upper 44 and a counter in the lower 20.
// Outside it is the id `<unix milliseconds>-<number>`, where number = run tag (20 bits, drawn at
// random at each start) and counter (20 bits). The tag tells this run's ids from those of an
// earlier run, also when the clock was set back in between.
//
// Sequence 0 stands for "before the first event of this run" and has an id like any other.
//
// Threads: EventOrder is written by the sequencer alone; IdScheme is an immutable value.
// Invariants: Next() is strictly greater than everything it returned before, whatever the clock
// does.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "protocol/event_id.h"

namespace ringcast {

using Sequence = std::uint64_t;

class IdScheme {
 public:
  static constexpr unsigned kCounterBits = 20;
  static constexpr std::uint64_t kCounterMask = (std::uint64_t{1} << kCounterBits) - 1;

  // `run_tag`: random; its low 20 bits count.
  IdScheme(UnixMillis start, std::uint64_t run_tag)
      : start_(start), tag_((run_tag & kCounterMask) << kCounterBits) {}

  UnixMillis start() const { return start_; }

  EventId ToId(Sequence sequence) const {
    return {start_ + (sequence >> kCounterBits), tag_ | (sequence & kCounterMask)};
  }

  enum class Origin {
    kThisRun,     // a position of this run
    kEarlierRun,  // issued before a restart
    kFuture,      // cannot be placed
  };
  struct Place {
    Origin origin;
    Sequence sequence;  // for kThisRun
  };
  // Where an id that a client sent belongs. `newest`: the newest sequence known.
  Place Find(EventId id, Sequence newest) const {
    if ((id.number & ~kCounterMask) != tag_) {
      const UnixMillis newest_ms = start_ + (newest >> kCounterBits);
      return {id.ms < start_ || id.ms <= newest_ms ? Origin::kEarlierRun : Origin::kFuture, 0};
    }
    if (id.ms < start_ || id.ms - start_ >= std::uint64_t{1} << (64 - kCounterBits)) {
      return {Origin::kFuture, 0};
    }
    const Sequence sequence = (id.ms - start_) << kCounterBits | (id.number & kCounterMask);
    return {sequence <= newest ? Origin::kThisRun : Origin::kFuture, sequence};
  }

 private:
  UnixMillis start_;
  std::uint64_t tag_;
};

class EventOrder {
 public:
  explicit EventOrder(IdScheme scheme) : scheme_(scheme) {}

  // The place of the next event. A clock that stands still or steps back only makes the counter
  // grow; a counter that overflows borrows from the next millisecond.
  Sequence Next(UnixMillis now) {
    const std::uint64_t elapsed = now > scheme_.start() ? now - scheme_.start() : 0;
    newest_ = std::max(newest_ + 1, elapsed << IdScheme::kCounterBits);
    return newest_;
  }

  Sequence newest() const { return newest_; }
  const IdScheme& scheme() const { return scheme_; }

 private:
  IdScheme scheme_;
  Sequence newest_ = 0;
};

}  // namespace ringcast
