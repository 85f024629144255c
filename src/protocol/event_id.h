// The id of an event: `<unix milliseconds>-<number>`. Ids are strictly increasing over the whole
// server, so one id is a position in every channel at once, and a client that follows many channels
// resumes with a single one. Milliseconds come from the wall clock but never go back; the number
// tells the events of one millisecond apart.
//
// Threads: any; plain values and pure functions.
// Invariants: comparing two ids compares their positions in the server's total order. {0, 0} is
// before every event.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringcast {

struct EventId {
  std::uint64_t ms = 0;      // milliseconds since the UNIX epoch
  std::uint64_t number = 0;  // within the millisecond

  friend constexpr auto operator<=>(const EventId&, const EventId&) = default;
};

// Bytes of the longest id: two numbers of 20 digits and the dash. Well below the 128 bytes above
// which a browser asks for permission (CORS preflight) to send Last-Event-ID.
inline constexpr std::size_t kMaxEventIdSize = 41;

// Reads exactly `<digits>-<digits>`: no sign, no space, no leading zero (a lone 0 is fine), both
// within 64 bits. Anything else gives nothing: an id is either one of ours, byte for byte, or
// unknown.
std::optional<EventId> ParseEventId(std::string_view text);

// Writes the id without a terminator and returns how many bytes that took.
// REQUIRES: kMaxEventIdSize bytes of room at `out`.
std::size_t FormatEventId(EventId id, char* out);

}  // namespace ringcast
