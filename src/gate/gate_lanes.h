// The two lanes between a shard and the gate: questions one way, decisions the other. Neither side
// ever waits for the other: a shard whose lane is full turns its client away, and the gate keeps
// what does not fit.
//
// A question and its decision travel as pointers, and belong to whoever took them off the lane.
//
// Threads: the shard's and the gate's, each calling its own half (base/spsc_queue.h).
// Invariants: an asker has at most one question under way; an answer whose asker has gone meanwhile
// is recognised by the generation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/spsc_queue.h"
#include "gate/decision.h"
#include "gate/question.h"

namespace ringcast {

// Who asked: a connection of a shard, and which use of its slot.
struct Asker {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

struct ToGate {
  Asker asker;
  Question* question = nullptr;  // none: the asker has gone
};

struct FromGate {
  Asker asker;
  Decision* decision = nullptr;
};

struct GateLanes {
  // More questions of one shard at a time: turned away.
  static constexpr std::size_t kEntries = 4096;

  SpscQueue<ToGate> questions{kEntries};
  SpscQueue<FromGate> answers{kEntries};

  GateLanes() = default;
  // Frees what nobody has taken. REQUIRES: both sides have ended.
  ~GateLanes();
  GateLanes(const GateLanes&) = delete;
  GateLanes& operator=(const GateLanes&) = delete;
};

}  // namespace ringcast
