// Where a stream starts: from a client's last event id and the state of a channel, the position to
// send from and, if something cannot be replayed, the gap to tell. Pure: no I/O, no clock.
//
// Threads: pure functions.
// Invariants: a stream started at the returned position misses nothing that was published to the
// channel after the client's id, unless a gap says so. A gap may be told in vain, never left out.
#pragma once

#include <optional>
#include <string_view>

#include "hub/event_order.h"
#include "hub/log_view.h"
#include "protocol/sse_encoder.h"

namespace ringcast {

// The id that a client sent, placed in this run's order.
struct ResumePoint {
  enum class Kind : std::uint8_t {
    kNone,     // a fresh stream
    kKnown,    // `sequence` is a position of this run
    kRestart,  // an id from before a restart
    kUnknown,  // garbage, or an id from the future
    kNotYet,   // an id of this run beyond what this shard has been told: ask again after a sync
  };
  Kind kind = Kind::kNone;
  Sequence sequence = 0;
  EventId id;  // for kKnown, kRestart
};

// `newest`: the newest sequence that the caller has been told of; `synced`: whether everything that
// was ordered before the client asked has been told, so that an id beyond `newest` lies in the
// future.
ResumePoint PlaceResume(const IdScheme& scheme, std::optional<std::string_view> last_event_id,
                        Sequence newest, bool synced);

struct StreamPosition {
  std::uint64_t cursor = 0;
  std::optional<GapReason> gap;
  Sequence gap_to = 0;  // with kExpired: the newest sequence that is lost
};

// `kept_from` and `forgotten`: where the channel's history starts, and the newest sequence before
// it.
StreamPosition PlaceStream(const ResumePoint& resume, const LogView& log, std::uint64_t kept_from,
                           Sequence forgotten);

// What the first event says.
StreamStart DescribeStart(const ResumePoint& resume, bool any_gap);

}  // namespace ringcast
