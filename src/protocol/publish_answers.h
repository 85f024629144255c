// The binary publish protocol, server to publisher: hello, acks, nacks and errors, both directions
// of the translation. <ringcast/publish.h> is the wire format.
//
// Threads: a builder or decoder belongs to one connection, and so to one thread; the rest is pure.
// Invariants: answers leave in the order of the requests; whoever appends a nack or an error
// flushes the connection's AckBuilder first.
#pragma once

#include <ringcast/publish.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/event_id.h"
#include "protocol/publish_codec.h"

namespace ringcast {

// The server's hello. `max_data` and `read_ahead` in bytes; `version`: the publisher's, or the
// highest when that is not spoken.
void AppendHello(std::string& out, std::uint32_t max_data, std::uint32_t read_ahead,
                 std::uint8_t version = RINGCAST_PUBLISH_VERSION);

// Gathers the ids of consecutive requests into as few ack frames as possible. Allocates only until
// its buffer has grown to the largest batch.
class AckBuilder {
 public:
  // Adds the id of one request. What is gathered goes to `out` first when `request` does not follow
  // on it or the frame is full.
  void Add(std::uint64_t request, EventId id, std::string& out);

  // Writes what is gathered to `out`. Does nothing when nothing is.
  void Flush(std::string& out);

  std::size_t pending() const { return count_; }  // requests gathered and not flushed

 private:
  std::string ids_;  // as on the wire
  std::uint64_t first_request_ = 0;
  std::size_t count_ = 0;
};

// Text beyond RINGCAST_PUBLISH_MAX_TEXT bytes is cut.
void AppendNack(std::string& out, std::uint64_t request, NackCode code, std::string_view text);
void AppendError(std::string& out, std::uint64_t last_request, ErrorCode code,
                 std::string_view text);

// Publisher's side.
struct ServerHello {
  std::uint8_t version = 0;
  std::uint32_t max_data = 0;
  std::uint32_t read_ahead = 0;
};

// Reads the server's hello. REQUIRES: RINGCAST_PUBLISH_SERVER_HELLO_SIZE bytes or more. Nothing
// when they are no hello. A version other than ours is the caller's to refuse.
std::optional<ServerHello> ReadServerHello(std::string_view available);

// Reads the answers that come after the hello, zero-copy like PublishDecoder.
class AnswerDecoder {
 public:
  enum class Status : std::uint8_t {
    kNeedMore,
    kAck,     // `count` requests from `request` on; id(i) is the id of request + i
    kNack,    // `request` was refused: code, text
    kError,   // the server closes the connection: code, text
    kBroken,  // no answer of this protocol
  };

  struct Step {
    Status status = Status::kNeedMore;
    std::size_t consumed = 0;  // bytes to drop from the front of what was given
    std::uint64_t request = 0;
    std::size_t count = 0;  // kAck
    std::uint8_t code = 0;  // kNack: a NackCode; kError: an ErrorCode; of this version or a later
    std::string_view text;  // kNack, kError; kBroken: a reason
    std::string_view ids;   // kAck: as on the wire

    // REQUIRES: i < count.
    EventId id(std::size_t i) const;
  };

  Step Next(std::string_view available) const;
};

}  // namespace ringcast
