// What a seed stands for: how large the server is, its options, who comes, and how much goes wrong.
//
// Threads: plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "hub/channel_log.h"
#include "simulation/kernel.h"

namespace ringcast::simulation {

struct Scenario {
  unsigned intensity = 0;  // of faults
  unsigned shards = 1;
  std::uint32_t capacity = 0;     // of a shard
  std::uint32_t spare_slots = 0;  // beyond it
  std::uint32_t backlog = 0;
  std::size_t submission_entries = 0;
  std::size_t completion_entries = 0;
  std::uint16_t head_buffers = 0;
  bool unix_listener = false;  // the first shard's, which cannot be aborted

  unsigned addresses = 0;                         // that subscribers come from
  std::uint64_t connections_per_address = 0;      // 0: not limited
  std::uint64_t connection_rate_per_address = 0;  // a second; 0: not limited

  HistoryLimits history;
  Millis heartbeat{0};
  Millis idle_timeout{0};
  Millis max_lifetime{0};
  Millis stall_timeout{0};
  Millis header_timeout{0};
  bool asks = false;    // the application decides who may subscribe
  bool drains = false;  // ends by a drain, not by all clients leaving

  std::uint32_t channels = 0;
  unsigned subscribers = 0;
  unsigned binary_publishers = 0;
  unsigned http_publishers = 0;
  std::uint64_t events = 0;  // of each publisher
  std::size_t most_bytes = 0;
  Nanos pause{0};
  bool deletes = false;
  Millis ended_ttl{0};
  Millis busy{0};  // how long it goes on before everybody calms down

  static Scenario Draw(Kernel& kernel);
  std::string Describe() const;
};

}  // namespace ringcast::simulation
