// What a shard is told when it starts, and what the threads of a server share about one another.
//
// Threads: ShardOptions and ShardSettings are plain values. ShardPublic is written by its shard and
// read by all.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "access/bearer.h"
#include "access/token_refusals.h"
#include "access/token_verifier.h"
#include "base/counter.h"
#include "base/mailbox.h"
#include "base/pulse.h"
#include "base/siphash.h"
#include "base/spsc_queue.h"
#include "base/time.h"
#include "demo/demo.h"
#include "gate/gate_lanes.h"
#include "hub/address_limits.h"
#include "hub/budget.h"
#include "hub/event_order.h"
#include "hub/lane_message.h"
#include "hub/refusals.h"
#include "hub/trusted_proxies.h"
#include "protocol/route_table.h"
#include "uring/bell.h"
#include "uring/ring.h"

namespace ringcast {

// Why a connection ended; the label of ringcast_connections_closed_total.
enum class CloseReason : std::uint8_t {
  kClient,          // the peer closed or reset
  kDone,            // a response that is no stream was answered and the connection closed
  kBadRequest,      // refused with an error status
  kHeaderTimeout,   // no whole request in time
  kIdle,            // no event for the idle timeout
  kLifetime,        // the lifetime limit
  kStalled,         // no progress for the stall timeout
  kSlow,            // so far behind that a half-sent event was lost
  kStray,           // the client kept sending after its request
  kChannelEnded,    // its channels were ended, also when it came for them later
  kOverload,        // turned away with the advice to come back
  kDrain,           // the server stops
  kBadProxyHeader,  // a proxy's listener: no sound header, or not from a proxy that is trusted
  kUnknownChannel,  // it asked for a channel that must be created first, and was not
  kTokenExpired,    // the token, or the application's word, by which it was allowed holds no longer
};
inline constexpr std::size_t kCloseReasons =
    static_cast<std::size_t>(CloseReason::kTokenExpired) + 1;
std::string_view Name(CloseReason reason);

// How streams started; the label of ringcast_replays_total.
enum class ReplayResult : std::uint8_t { kComplete, kGap, kUnknownId };
inline constexpr std::size_t kReplayResults = 3;
std::string_view Name(ReplayResult result);

// Upper bounds, in microseconds, of the buckets of ringcast_publish_to_send_seconds.
inline constexpr std::array<std::uint32_t, 18> kLatencyBoundsUs = {
    50,     100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
    50'000, 75'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

struct ShardStats {
  Counter connections;  // sockets held now, in whatever state
  Counter streams;      // of them, event streams
  Counter accepted;
  std::array<Counter, kCloseReasons> closed;
  LimitCounters over_limit;
  TokenFaultCounters tokens_refused;
  Counter passed_on;  // connections handed to another shard
  Counter deliveries;
  Counter sent_bytes;
  Counter heartbeats;
  Counter gaps;    // gap events told
  Counter stalls;  // times a subscriber's socket was full
  std::array<Counter, kReplayResults> replays;
  std::array<Counter, kLatencyBoundsUs.size() + 1> latency;  // deliveries by publish-to-send time
  Counter latency_sum_us;
  Counter channels;  // open on this shard
  Counter memory_bytes;
  Counter ring_overflows;
};

// The two lanes between the sequencer and a shard.
struct ShardLanes {
  SpscQueue<ToShard> down;
  SpscQueue<ToSequencer> up;
  explicit ShardLanes(std::size_t entries) : down(entries), up(entries) {}
  // Frees the names that were offered and never seen. REQUIRES: both sides have ended.
  ~ShardLanes();
};

// What may change while a shard runs. It keeps a copy of its own, which it changes between two
// ticks: nothing on the path of events asks another thread.
struct ShardSettings {
  std::uint32_t capacity = 0;         // connections that are served; more are turned away
  std::uint64_t max_connections = 0;  // of all shards together, for the log
  AddressLimits::Options address_limits;
  std::uint32_t max_channels_per_stream = budget::kMaxChannelsPerStream;
  std::uint32_t max_subscribers_per_channel = 0;  // over all shards; 0: no limit

  Millis heartbeat{15'000};        // 0: none
  Millis idle_timeout{3'600'000};  // 0: never
  Millis max_lifetime{0};          // 0: none
  Millis stall_timeout{10'000};
  Millis header_timeout{10'000};
  Millis retry{3'000};
  Millis drain_timeout{5'000};
  // Of this shard alone, so that no two threads count its users together; never null.
  std::shared_ptr<const RouteTable> routes = std::make_shared<const RouteTable>();
  TrustedProxies trusted_proxies;
  std::shared_ptr<const TokenVerifier> tokens;  // null: there are no keys
  BearerRules bearer;

  Millis auth_timeout{2'000};           // of a question to the application
  std::uint32_t auth_concurrency = 64;  // for the log
};

// What other threads may see of a shard. The ring is set before any of them starts to use it.
struct ShardPublic {
  ShardStats stats;
  Pulse pulse;  // beats on every tick
  RingHandle ring;
  std::uint16_t number = 0;
  Counter capacity;  // connections it takes
  // A connection on its way from one shard to another has its place with the other.
  Counter staying;                         // connections held that are not on their way out
  std::atomic<std::uint32_t> incoming{0};  // on their way in: counted by those who pass them on
  // From the main thread. Acknowledged when all that the shard does, and every timer, is by them.
  Mailbox<ShardSettings> settings;
};

// What the main thread tells all others. Stop flags: relaxed is enough, each is looked at again.
enum class RunPhase : std::uint8_t { kRunning, kDraining, kStopping };
struct RunControl {
  std::atomic<RunPhase> phase{RunPhase::kRunning};
  // Shards that have stopped accepting: when all have, the listeners can be closed.
  std::atomic<unsigned> shards_draining{0};
};

// A listening descriptor that a shard accepts from.
struct ShardListener {
  int descriptor = -1;
  bool has_addresses = true;  // its clients have addresses (TCP), which can be limited
  bool shared = false;        // all shards accept from this one socket
  bool proxy_header = false;  // its connections begin with a header of the PROXY protocol
};

// How a shard reaches the gate, which asks the application. Without lanes there is none.
struct GatePort {
  GateLanes* lanes = nullptr;
  const Bell* bell = nullptr;  // nullptr: whoever takes the questions looks by itself
};

// The settings at the start, and what stays as it is for the shard's life.
struct ShardOptions : ShardSettings {
  unsigned number = 0;
  std::uint32_t direct_slots = 0;  // size of the ring's table
  std::vector<ShardListener> listeners;
  std::uint32_t accept_backlog = 4096;  // connections that may wait at one of them
  IdScheme scheme{0, 0};
  HashKey hash_key;
  std::uint64_t seed = 0;  // of jitter
  Demo* demo = nullptr;    // outlives the shard; none: there is no demo
  GatePort gate;
};

}  // namespace ringcast
