#include "hub/resume.h"

#include <algorithm>

namespace ringcast {

ResumePoint PlaceResume(const IdScheme& scheme, std::optional<std::string_view> last_event_id,
                        Sequence newest, bool synced) {
  using Kind = ResumePoint::Kind;
  if (!last_event_id) return {Kind::kNone, 0, {}};
  const std::optional<EventId> id = ParseEventId(*last_event_id);
  if (!id) return {Kind::kUnknown, 0, {}};
  const IdScheme::Place place = scheme.Find(*id, newest);
  switch (place.origin) {
    case IdScheme::Origin::kThisRun:
      return {Kind::kKnown, place.sequence, *id};
    case IdScheme::Origin::kEarlierRun:
      return {Kind::kRestart, 0, *id};
    case IdScheme::Origin::kFuture:
      return {synced ? Kind::kUnknown : Kind::kNotYet, 0, *id};
  }
  return {Kind::kUnknown, 0, {}};
}

StreamPosition PlaceStream(const ResumePoint& resume, const LogView& log, std::uint64_t kept_from,
                           Sequence forgotten) {
  using Kind = ResumePoint::Kind;
  switch (resume.kind) {
    case Kind::kNone:
    case Kind::kNotYet:
      return {log.head(), std::nullopt, 0};
    case Kind::kUnknown:
      return {log.head(), GapReason::kUnknownId, 0};
    case Kind::kRestart:
      return {kept_from, GapReason::kRestart, 0};
    case Kind::kKnown:
      if (resume.sequence < forgotten) return {kept_from, GapReason::kExpired, forgotten};
      // What is physically there may reach back further than the history; the client has seen it.
      return {std::max(kept_from, log.PositionAfter(resume.sequence)), std::nullopt, 0};
  }
  return {log.head(), GapReason::kUnknownId, 0};
}

StreamStart DescribeStart(const ResumePoint& resume, bool any_gap) {
  if (any_gap) return StreamStart::kGap;
  return resume.kind == ResumePoint::Kind::kNone ? StreamStart::kLive : StreamStart::kResumed;
}

}  // namespace ringcast
