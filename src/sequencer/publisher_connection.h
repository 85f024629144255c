// One publisher's connection: bytes read and not yet understood, answers not yet sent.
//
// Threads: the sequencer's.
// Invariants: at most one receive and one send are in flight; `in` is not moved while a receive is;
// a step that waits for subscribers (`waiting`) keeps its bytes at the front of `in`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/claims.h"
#include "base/ip_address.h"
#include "hub/address_limits.h"
#include "protocol/ndjson.h"
#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"
#include "protocol/request_parser.h"
#include "uring/file_descriptor.h"

namespace ringcast {

// A request with NDJSON lines that is worked through, perhaps with pauses.
struct BatchJob {
  std::string body;
  std::size_t at = 0;    // of the next line
  std::size_t line = 0;  // its number, from 1
  std::string answers;
};

// What a publisher on another host is known by.
struct RemotePublisher {
  IpAddress address;
  AddressLimits::Key counted = 0;   // what its address is counted under; 0: it is not
  std::string token;                // the last good one, as it was sent; empty: none
  Claims claims;                    // what that one says
  std::uint32_t unknown_since = 0;  // tick since which it has no good token; 0: it has one
  bool allowed = false;             // the request at hand has been judged and may go on
  bool in_body = false;             // of that request
};

struct PublisherConnection {
  enum class Protocol : std::uint8_t { kUnknown, kHello, kBinary, kHttp };

  PublisherConnection(File socket, PublishLimits limits, RequestLimits http_limits)
      : file(socket), decoder(limits), parser(http_limits) {}

  const File file;  // closed by the sequencer, through its ring
  std::uint32_t generation = 0;
  Protocol protocol = Protocol::kUnknown;
  bool receiving = false;
  bool sending = false;
  std::uint8_t shutdowns = 0;       // in flight
  bool ended = false;               // the peer has sent everything
  bool closing = false;             // close when the answers are out
  bool broken = false;              // close now, when nothing is in flight
  bool blocked = false;             // an event waits for its channel's subscribers
  bool ready = false;               // in the queue of those with something to do
  bool turned_away = false;         // accepted only to be told that there is no room
  std::uint32_t lingers_since = 0;  // tick since which what still comes is dropped; 0: it is not
  std::size_t dropped = 0;          // bytes of that
  std::uint32_t partial_since = 0;  // tick at which an unfinished frame began; 0: none
  std::uint32_t send_progress = 0;  // tick of the last progress of the answers

  // Input. [begin, end) is unread.
  std::vector<char> in;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view unread() const { return {in.data() + begin, end - begin}; }

  // Output. `out` gathers, `outgoing` is with the kernel.
  std::string out;
  std::string outgoing;

  std::unique_ptr<RemotePublisher> remote;  // null: on this host, over the publish socket

  PublishDecoder decoder;
  AckBuilder acks;
  std::optional<PublishDecoder::Step> waiting;

  RequestParser parser;
  bool request_waiting = false;  // a whole request waits for its channel
  std::optional<BatchJob> job;
};

}  // namespace ringcast
