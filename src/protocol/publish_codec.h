// The binary publish protocol, publisher to server: hello and publish frames, both directions of
// the translation. <ringcast/publish.h> is the wire format; protocol/publish_answers.h is the way
// back.
//
// PublishDecoder reads a connection's bytes after the hello without copying or allocating: the
// views of a step point into the bytes it was given. What it calls a frame is a valid event: the
// channel name, the type and the data have been checked, so the caller has nothing left to
// validate.
//
// Threads: a decoder belongs to one connection, and so to one thread; everything else is pure.
// Invariants: a decoder never asks to hold more than max_buffered() bytes, whatever the peer
// claims; once it answered kBroken, it answers kBroken for ever.
#pragma once

#include <ringcast/publish.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/channel_name.h"
#include "protocol/event.h"
#include "protocol/idempotency_key.h"

namespace ringcast {

enum class NackCode : std::uint8_t {
  kChannel = RINGCAST_PUBLISH_NACK_CHANNEL,
  kType = RINGCAST_PUBLISH_NACK_TYPE,
  kData = RINGCAST_PUBLISH_NACK_DATA,
  kTooLarge = RINGCAST_PUBLISH_NACK_TOO_LARGE,
  kUnavailable = RINGCAST_PUBLISH_NACK_UNAVAILABLE,
  kUnknownChannel = RINGCAST_PUBLISH_NACK_UNKNOWN_CHANNEL,
  kKey = RINGCAST_PUBLISH_NACK_KEY,
};

enum class ErrorCode : std::uint8_t {
  kLength = RINGCAST_PUBLISH_ERROR_LENGTH,
  kKind = RINGCAST_PUBLISH_ERROR_KIND,
  kSequence = RINGCAST_PUBLISH_ERROR_SEQUENCE,
  kDeadline = RINGCAST_PUBLISH_ERROR_DEADLINE,
  kBusy = RINGCAST_PUBLISH_ERROR_BUSY,
};

// The nack that a refused event gets. REQUIRES: error != kNone.
NackCode NackCodeOf(EventError error);

// The first byte of a connection that speaks this protocol; never the first byte of HTTP.
inline constexpr unsigned char kPublishFirstByte = 0xC5;

enum class HelloStatus : std::uint8_t {
  kNeedMore,
  kOk,            // consume RINGCAST_PUBLISH_CLIENT_HELLO_SIZE bytes
  kWrongVersion,  // answer the server hello, then close
  kNotHello,      // close
};

// Reads the publisher's hello at the start of a connection; kOk tells the version that it speaks.
HelloStatus ReadClientHello(std::string_view available, std::uint8_t* version = nullptr);
void AppendClientHello(std::string& out, std::uint8_t version = RINGCAST_PUBLISH_VERSION);

struct PublishLimits {
  std::size_t max_data = kDefaultMaxDataSize;  // bytes, at most kHardMaxDataSize
};

class PublishDecoder {
 public:
  enum class Status : std::uint8_t {
    kNeedMore,  // no whole frame; come back with the rest and more
    kFrame,     // one valid event
    kRefused,   // one event to be nacked with code and reason; the connection goes on
    kBroken,    // answer an error with error and reason, then close
  };

  struct Step {
    Status status = Status::kNeedMore;
    // Bytes to drop from the front of what was given: also with kNeedMore, when bytes of a refused
    // frame are skipped. The views below stay valid as long as the bytes given to Next() do.
    std::size_t consumed = 0;
    std::uint64_t request = 0;  // kBroken: the last request that was in sequence, or 0
    std::string_view channel;
    std::string_view type;
    std::string_view key;  // empty: it has none
    std::string_view data;
    NackCode code = NackCode::kChannel;    // kRefused
    ErrorCode error = ErrorCode::kLength;  // kBroken
    std::string_view reason;               // kRefused and kBroken: static text
  };

  explicit PublishDecoder(PublishLimits limits);

  // The publisher speaks version 2: its frames may have idempotency keys. Call it before Next().
  void AllowKeys() { keys_allowed_ = true; }

  // Other limits, from the frame on that Next() has not given yet: call it before more is read.
  void SetLimits(PublishLimits limits);

  // Reads the next frame at the start of `available`, which begins where the last step's `consumed`
  // ended. Data too large is refused as soon as its header is there and then skipped unbuffered.
  Step Next(std::string_view available);

  // The channels of the next frames, unchecked, as far as they are whole in `available` (what
  // Next() will be given): a look ahead that changes nothing. Returns how many.
  std::size_t Peek(std::string_view available, std::span<std::string_view> channels) const;

  // The most bytes a caller ever has to hold at once: one whole frame of max_data.
  std::size_t max_buffered() const {
    return RINGCAST_PUBLISH_HEADER_SIZE + kMaxEventTypeSize + kMaxChannelNameSize +
           kMaxIdempotencyKeySize + limits_.max_data;
  }

  // True while a frame has begun and its end has not come (a skipped one included), given that
  // `unconsumed` bytes are held: what the frame deadline watches.
  bool InFrame(std::size_t unconsumed) const { return unconsumed > 0 || skip_ > 0; }

 private:
  Step Broken(ErrorCode error, std::string_view reason, std::size_t consumed);

  PublishLimits limits_;
  std::uint64_t last_request_ = 0;
  std::uint64_t skip_ = 0;  // bytes of a refused frame that are still to come
  bool started_ = false;    // a first request has set the sequence
  bool keys_allowed_ = false;
  bool broken_ = false;
  ErrorCode broken_error_ = ErrorCode::kLength;
  std::string_view broken_reason_;
};

// Publisher's side: appends one publish frame; with a `key` it is one of version 2.
// REQUIRES: channel <= 65535 bytes, with a key <= 255; type and key <= 255 bytes; and a frame
// within RINGCAST_PUBLISH_MAX_LENGTH. The contents are not checked: the server answers a nack.
void AppendPublish(std::string& out, std::uint64_t request, std::string_view channel,
                   const Event& event, std::string_view key = {});

}  // namespace ringcast
