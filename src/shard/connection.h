// One connection of a shard: a record of exactly one cache line, found by its slot in the ring's
// direct table. An idle stream owns nothing else: no buffer, no string, one link in the timer wheel
// and one in its channel's list. A stream with several channels has an ExtraSubscription for each
// further one.
//
// Threads: its shard's.
// Invariants: `in_flight` counts operations of the kernel that will still complete with this
// generation; the slot is closed, and so reused, only when it is 0.
#pragma once

#include <cstdint>

#include "base/index.h"
#include "base/index_list.h"
#include "base/timer_wheel.h"

namespace ringcast {

enum class ConnectionState : std::uint8_t {
  kFree,        // the slot is empty
  kPassing,     // on its way to another shard
  kReading,     // waits for a request head
  kResponding,  // a response is being sent; then it reads on, lingers or closes
  kOpening,     // its channels are being opened
  kStreaming,   // an event stream
  kLingering,   // our side is closed; what the peer still sends is dropped
  kClosing,     // waits for operations in flight
  kClosed,      // the slot is being closed
  kPassedOn,    // the same, after another shard has taken the connection
};

// Which of its channel's lists a subscription is on.
enum class SubscriptionList : std::uint32_t {
  kNone,
  kLive,     // keeps up: its cursor is at the head, or is brought there by the flush under way
  kBehind,   // catches up, or its socket is full
  kShared,   // belongs to a stream with several channels, which is flushed as a whole
  kOpening,  // waits until the shard knows the channel
};

// References: the slot for a connection's own subscription, kExtraBit and an index for a further
// one.
inline constexpr std::uint32_t kExtraBit = std::uint32_t{1} << 30;

struct Subscription {
  std::uint64_t cursor = 0;  // position in the channel's log of the next byte to send
  std::uint32_t channel : 28 = 0;
  SubscriptionList list : 4 = SubscriptionList::kNone;
  ListLink link;
  std::uint32_t next = kNoIndex;  // the stream's next subscription
};

struct ExtraSubscription {
  Subscription subscription;
  std::uint32_t connection = kNoIndex;
};

namespace connection_flag {
inline constexpr std::uint16_t kHttp10 = 1 << 0;
inline constexpr std::uint16_t kShared = 1 << 1;     // several channels
inline constexpr std::uint16_t kStalled = 1 << 2;    // the socket is full; a writable poll is armed
inline constexpr std::uint16_t kRemainder = 1 << 3;  // own bytes wait to be sent first
inline constexpr std::uint16_t kQueued = 1 << 4;     // in the catch-up queue
inline constexpr std::uint16_t kFlushQueued = 1 << 5;  // in the queue of shared streams
inline constexpr std::uint16_t kLastWords = 1 << 6;    // close when the remainder is sent
inline constexpr std::uint16_t kOverload = 1 << 7;     // accepted only to be turned away
inline constexpr std::uint16_t kStream = 1 << 8;       // counted as a stream
inline constexpr std::uint16_t kSyncAsked = 1 << 9;    // waits for, or has had, a sync
inline constexpr std::uint16_t kInBatch = 1 << 10;     // a send is in the batch
inline constexpr std::uint16_t kReplay = 1 << 11;      // started behind the head, not there yet
inline constexpr std::uint16_t kFellBehind = 1
                                             << 12;  // its socket was full since it was at the head
inline constexpr std::uint16_t kProxyHeader = 1 << 13;  // begins with a header that is to be read
inline constexpr std::uint16_t kForwarded = 1 << 14;  // of a proxy whose X-Forwarded-For is trusted
inline constexpr std::uint16_t kFiltered = 1 << 15;   // gets some types of events alone
// Of a stream whose sends are gathered event by event.
inline constexpr std::uint16_t kByFrames = kShared | kHttp10 | kFiltered;
}  // namespace connection_flag

struct alignas(64) Connection {
  std::uint32_t generation = 0;
  std::uint16_t flags = 0;
  ConnectionState state = ConnectionState::kFree;
  std::uint8_t in_flight = 0;
  TimerLink timer;
  std::uint32_t last_send_tick = 0;  // or last progress of a stalled one
  std::uint32_t last_event_tick = 0;
  std::uint32_t lifetime_tick = 0;     // 0: none. Of a state other than streaming: its deadline
  std::uint32_t handshake = kNoIndex;  // in the shard's handshakes
  union {
    std::uint16_t stray_bytes = 0;  // that the client sent after its request
    std::uint16_t passed_to;        // kPassing: the number of the shard it is on its way to
  };
  std::uint8_t close_reason = 0;
  bool has_rules : 1 = false;  // of its route; in the shard's stream rules
  Subscription subscription;

  bool Has(std::uint16_t flag) const { return (flags & flag) != 0; }
  void Set(std::uint16_t flag) { flags = static_cast<std::uint16_t>(flags | flag); }
  void Clear(std::uint16_t flag) { flags = static_cast<std::uint16_t>(flags & ~flag); }
};
static_assert(sizeof(Connection) == 64);

}  // namespace ringcast
