// The bytes of one event, as the wire has them: a chunk of HTTP/1.1 that holds
//   id: <unix milliseconds>-<number> LF data: {"seq":n,"t_ns":t,"pad":"..."} LF LF
// All events of a run have the same length, so that a position in the log tells the event.
//
// Threads: a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bare {

// The longest numbers must fit, with at least an empty pad.
inline constexpr std::size_t kMinPayloadBytes = 64;

// What a stream starts with: the response head and a first event, as an SSE server sends them. Sent
// as soon as a connection is accepted, whatever it asks for.
std::string_view StreamHead();

// The comment that keeps a quiet stream alive.
std::string_view HeartbeatText();

class EventText {
 public:
  // REQUIRES: payload_bytes >= kMinPayloadBytes.
  explicit EventText(std::size_t payload_bytes);

  std::size_t frame_bytes() const { return frame_bytes_; }

  // Writes frame_bytes() bytes at `out`: event `seq` (from 1), stamped with a time on
  // CLOCK_MONOTONIC.
  void Write(char* out, std::uint64_t seq, std::int64_t mono_ns, std::int64_t unix_ms) const;

 private:
  std::size_t payload_bytes_;
  std::size_t block_bytes_;
  std::size_t frame_bytes_;
};

}  // namespace bare
