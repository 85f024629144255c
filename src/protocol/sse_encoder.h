// Writes Server-Sent Events. A published event becomes one *frame*: a whole HTTP/1.1 chunk that
// holds one whole SSE block,
//
//   <block size in hex> CR LF                     -- chunk header, RFC 9112 section 7.1
//   id: <ms>-<number> LF                          -- HTML standard 9.2.5 from here
//   event: <type> LF                              -- only when the type is not empty
//   data: <line> LF                               -- one for each line of the data; LF, CRLF and CR
//   LF                                               all end a line. Empty data is a lone `data:`
//   CR LF                                         -- end of the chunk
//
// Frames are stored as they are and sent to every HTTP/1.1 subscriber from those same bytes; an
// HTTP/1.0 subscriber gets the block without the chunk around it (ReadChunk finds it).
// Each frame is a chunk of its own, so that a stream may start and stop at any frame.
//
// The server's own blocks (connected, gap, drain, end) are rare and go to a string; each can be
// written as a chunk or bare. None of them but `connected` has an id, so none moves a client's
// position, and each has data, since some clients fire on every blank line.
//
// Threads: any; pure functions. No allocation in MeasureFrame, EncodeFrame, ReadChunk,
// TypeOfFrame, Heartbeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "protocol/event.h"
#include "protocol/event_id.h"

namespace ringcast {

// Sizes in bytes of an encoded event: the SSE block alone, and with the chunk around it.
struct FrameSize {
  std::uint32_t block = 0;
  std::uint32_t frame = 0;
};

// The exact sizes of EncodeFrame's output. One vectorised pass over the data.
// REQUIRES: ValidateEvent(event, kHardMaxDataSize) == kNone.
FrameSize MeasureFrame(EventId id, const Event& event);

// Writes exactly size.frame bytes at `out` and returns out + size.frame.
// REQUIRES: size == MeasureFrame(id, event), and that much room at `out`.
char* EncodeFrame(EventId id, const Event& event, FrameSize size, char* out);

// Where the parts of a stored frame are, in bytes from its start.
struct ChunkView {
  std::size_t header = 0;  // the chunk header; the block starts here
  std::size_t block = 0;   // length of the block
  std::size_t total = 0;   // length of the frame; the next one starts here
};

// Reads the chunk header at the start of `frames`, which may hold any number of stored frames.
// Nothing when the bytes do not start with a whole frame as EncodeFrame writes it.
std::optional<ChunkView> ReadChunk(std::string_view frames);

// The type of a stored frame, empty when it has none. REQUIRES: a whole frame as EncodeFrame writes
// it.
std::string_view TypeOfFrame(std::string_view frame);

// Why a part of a stream cannot be replayed; Name() gives the word that clients see.
enum class GapReason : std::uint8_t {
  kExpired,    // "expired": no longer kept
  kRestart,    // "restart": from before the server started
  kSlow,       // "slow": the subscriber fell behind what is kept
  kUnknownId,  // "unknown-id": not an id of this server, or in the future
};
std::string_view Name(GapReason reason);

// How a stream starts; Name() gives the word in the data of `connected`.
enum class StreamStart : std::uint8_t { kLive, kResumed, kGap };
std::string_view Name(StreamStart start);  // "live", "resumed", "gap"

struct GapInfo {
  std::string_view channel;     // valid by IsValidChannelName: written without escapes
  std::optional<EventId> from;  // exclusive: the last one known before the gap; null when unknown
  std::optional<EventId> to;    // inclusive: the newest one that is lost; null when unknown
  GapReason reason = GapReason::kExpired;
};

// id: <id> / event: connected / retry: <ms> / data: {"start":"live"}
void AppendConnected(std::string& out, bool chunked, EventId id, std::uint64_t retry_ms,
                     std::string_view start);
inline void AppendConnected(std::string& out, bool chunked, EventId id, Millis retry,
                            StreamStart start) {
  AppendConnected(out, chunked, id, static_cast<std::uint64_t>(retry.count()), Name(start));
}

// event: gap / data: {"channel":"a","from":"1-2","to":"3-4","reason":"expired"}; a missing from or
// to is null. No id.
void AppendGap(std::string& out, bool chunked, const GapInfo& gap);

// event: drain / retry: <ms> / data: {"retry":<ms>}. The caller jitters `retry_ms`; the stream is
// closed after it, without a last chunk, so that every client comes back.
void AppendDrain(std::string& out, bool chunked, std::uint64_t retry_ms);

// event: end / data: {"channel":"a"}: the channel was deleted.
void AppendEnd(std::string& out, bool chunked, std::string_view channel);

// The last chunk (RFC 9112 7.1), for a stream of which nothing will ever come again: its client
// need not come back, and one that reads with fetch() does not lose the events before a broken end.
void AppendLastChunk(std::string& out, bool chunked);

// The comment line `:` and one newline (not two: some clients fire on a blank line). Static bytes.
// Only ever sent between frames.
std::string_view Heartbeat(bool chunked);

}  // namespace ringcast
