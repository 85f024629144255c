// What the sequencer is told when it starts, and what others may see of it.
//
// Threads: SequencerOptions and SequencerSettings are plain values. SequencerStats is written by
// the sequencer and read by all. ReportBox as it says.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "access/token_verifier.h"
#include "base/counter.h"
#include "base/pulse.h"
#include "base/siphash.h"
#include "base/time.h"
#include "hub/address_limits.h"
#include "hub/channel_log.h"
#include "hub/channel_rules.h"
#include "hub/channel_standing.h"
#include "hub/event_order.h"
#include "hub/refusals.h"
#include "hub/trusted_proxies.h"
#include "protocol/origin_policy.h"
#include "sequencer/publish_denial.h"
#include "uring/ring.h"

namespace ringcast {

// What may change while the sequencer runs. It keeps a copy of its own, which it changes between
// two ticks.
struct SequencerSettings {
  std::uint32_t history_events = 1000;
  std::uint64_t history_bytes = 1024 * 1024;
  Millis history_ttl{300'000};       // 0: no age limit
  std::uint64_t history_memory = 0;  // of all channels' logs; 0: no limit
  std::vector<ChannelRule> channel_rules;
  std::uint64_t max_channels = 1'000'000;  // that were created, at a time
  Millis ended_ttl{3'600'000};             // for how long an end is remembered; 0: not at all
  std::size_t max_event_bytes = 1024 * 1024;
  std::size_t max_batch_bytes = 16 * 1024 * 1024;  // body of one NDJSON request
  std::size_t max_batch_events = 100'000;          // its lines
  std::uint32_t max_publishers = 256;
  // Who may publish; with both empty whoever may open the socket.
  std::vector<std::uint32_t> users;
  std::vector<std::uint32_t> groups;
  std::shared_ptr<const TokenVerifier> tokens;  // null: there are no keys
  Millis frame_timeout{10'000};        // a frame or request that has begun must be whole by then
  Millis stall_timeout{10'000};        // answers that nobody reads
  Millis idempotency_window{300'000};  // for so long a key is remembered; 0: it means nothing

  // Publishers on other hosts.
  OriginPolicy origins;                   // whose pages may publish, with a token
  TrustedProxies trusted_proxies;         // not limited as one address
  AddressLimits::Options address_limits;  // of which the rate holds
  // For the head of a request, and for a newcomer to show that it may publish.
  Millis header_timeout{10'000};
};

// A socket on which publishers come.
struct PublishListener {
  int descriptor = -1;
  bool tcp = false;       // publishers on other hosts: they speak HTTP and need a token
  bool outlives = false;  // it stays open with somebody else when the sequencer has ended
};

// The settings at the start, and what stays as it is for the sequencer's life.
struct SequencerOptions : SequencerSettings {
  std::vector<PublishListener> listeners;
  IdScheme scheme{0, 0};
  HashKey hash_key;
  Nanos doorbell_rest{0};  // the least time between two wake-ups of a shard
};

struct SequencerStats {
  Pulse pulse;  // beats on every tick
  Counter published;
  Counter published_bytes;  // of event data
  Counter refused;          // events answered with a reason
  Counter repeated;         // events answered with the id of an earlier one under the same key
  Counter idempotency_keys;
  Counter idempotency_keys_dropped;  // before their time
  std::array<Counter, kPublishDenials> denied;
  LimitCounters over_limit;
  Counter publishers;         // connections now
  Counter remote_publishers;  // of them, over TCP
  Counter publishers_total;
  Counter publishers_refused;
  Counter blocked;  // times a publisher was made to wait for subscribers or lanes
  Counter channels;
  Counter created_channels;  // of them, now
  Counter channels_created;
  std::array<Counter, kEndReasons> channels_ended;
  Counter log_bytes;
  Counter history_memory;   // what log_bytes may be; 0: no limit
  Counter given_up_events;  // of histories, to stay within it
  Counter memory_bytes;
};

// A look into the directory for people, made by the sequencer's thread on request, since only it
// may look; over many ticks where there are many channels.
//
// Threads: Ask() on any thread but the sequencer's, which calls the rest.
class ReportBox {
 public:
  struct Channel {
    std::string name;
    std::uint32_t subscribers = 0;
    std::uint32_t kept_events = 0;
    std::uint64_t kept_bytes = 0;
    std::string newest_id;
  };
  struct Report {
    std::vector<Channel> channels;  // those with the most subscribers
    std::size_t channel_count = 0;
    std::vector<std::pair<std::string, std::uint64_t>> events_by_type;
    std::string newest_id;
  };

  // Waits for the sequencer; `ring` wakes it. False when it did not answer in time.
  template <class RingDoorbell>
  bool Ask(Report& report, RingDoorbell&& ring, Millis at_most) {
    std::unique_lock lock(mutex_);
    done_ = false;
    // Relaxed: the flag only makes the sequencer take the lock, which orders the rest.
    wanted_.Set(1);
    ring();
    if (!answered_.wait_for(lock, at_most, [this] { return done_; })) return false;
    report = std::move(report_);
    return true;
  }

  bool wanted() const { return wanted_.Get() != 0; }
  void Answer(Report report) {
    {
      const std::lock_guard lock(mutex_);
      wanted_.Set(0);
      report_ = std::move(report);
      done_ = true;
    }
    answered_.notify_all();
  }

 private:
  Counter wanted_;  // written under the lock
  std::mutex mutex_;
  std::condition_variable answered_;
  bool done_ = false;
  Report report_;
};

}  // namespace ringcast
