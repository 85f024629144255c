// What the application has decided, and how it is read from its answer: pure, bytes in, values out.
//
//   2xx        allowed. `X-Ringcast-Channels: a,b`, or a JSON object {"channels": ["a", "b"],
//              "expires": 1795256970 or "2026-11-21T20:52:00Z", "sub": "42"} may say more.
//   401, 403, 404   denied, and told so.
//   410        denied for good: the client is answered 204, at which an EventSource stops.
//   else       no decision: the client is asked to come back.
//
// Threads: pure functions; a Decision is a plain value.
// Invariants: channels satisfy IsValidChannelName, occur once, and are never none when allowed;
// www_authenticate is printable and one line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ringcast {

struct Decision {
  enum class Verdict : std::uint8_t {
    kAllowed,
    kDenied,
    kNone,  // the application gave none in time, or no sound one
    kBusy,  // it was not asked: too many questions wait already
  };
  Verdict verdict = Verdict::kNone;
  int status = 0;                                    // kDenied: what the client is answered
  std::string www_authenticate;                      // kDenied with 401; may be empty
  std::optional<std::vector<std::string>> channels;  // in place of those asked for
  std::int64_t expires = 0;                          // Unix seconds; 0: the stream may stay
  // Members of the JSON object that are texts or whole numbers, for templates of channel names.
  std::vector<std::pair<std::string, std::string>> texts;
};

// An answer as far as it matters. Fields that came twice are joined with ", ".
struct ApplicationAnswer {
  int status = 0;
  std::string content_type;
  std::string www_authenticate;
  bool has_channels = false;
  std::string channels;  // X-Ringcast-Channels
  std::string body;
};

inline constexpr std::size_t kMostAnswerHeadBytes = 16 * 1024;
inline constexpr std::size_t kMostAnswerBodyBytes = 64 * 1024;

// The error says, for the log, why this is no decision; it repeats nothing of the answer but the
// status.
Result<Decision> ReadDecision(const ApplicationAnswer& answer, std::int64_t unix_seconds);

}  // namespace ringcast
