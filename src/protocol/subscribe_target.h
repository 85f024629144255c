// From a request on the public listener to what it asks for: which resource, which channels, from
// where. The paths that an operator has configured come on top in route_table.h.
//
// Threads: pure functions.
// Invariants: a name in channels satisfies IsValidChannelName and occurs once; names never become
// file paths, and nothing is percent-decoded twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/http_types.h"

namespace ringcast {

inline constexpr std::size_t kMaxChannelsPerSubscribe = 64;
// SubscribeTarget::error of a request that names more channels than it may.
inline constexpr std::string_view kTooManyChannels = "Too many channels in one request.";

enum class RouteKind : std::uint8_t {
  kEvents,         // a stream: /events/{channel}, /events?channel=a&channel=b, or a route
  kHealth,         // /health
  kServerOptions,  // OPTIONS *
  kNotFound,
  kBadRequest,  // see error
};

struct SubscribeTarget {
  RouteKind kind = RouteKind::kNotFound;
  // Of /events: at least one, in the order of the request, without duplicates.
  std::vector<std::string> channels;
  // The position to resume from, not judged yet. The Last-Event-ID field wins over the query
  // (lastEventId, last_event_id: the first that is not empty); an empty one counts as absent.
  std::optional<std::string> last_event_id;
  // kBadRequest: a fixed sentence that repeats nothing of the request.
  std::string_view error;
};

// Looks at the path and the query only; whether the method fits is for the caller, who answers
// OPTIONS and refuses POST without regard to the channels. A channel in the path and channels in
// the query add up. In the path an encoded slash is refused: intermediaries disagree about it.
SubscribeTarget ParseSubscribeTarget(const RequestHead& head,
                                     std::size_t max_channels = kMaxChannelsPerSubscribe);

// The position to resume from, of a request whose query is not ours but for that: as above.
std::optional<std::string> ResumeIdOf(const RequestHead& head);

}  // namespace ringcast
