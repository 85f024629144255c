// A gate without an application: it takes the shards' questions when it likes and answers them in
// any order, soon or late, now and then without a decision, and also those that nobody waits for
// any more. Once calm it answers each soon, and lets everybody in.
//
// Threads: one.
// Invariants: it sees to it that a shard asks once for each request, and takes back only what it
// has asked.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "gate/gate_lanes.h"
#include "simulation/kernel.h"

namespace ringcast::simulation {

class SimulatedGate {
 public:
  explicit SimulatedGate(Kernel& kernel) : kernel_(kernel) {}

  // Of the next shard. It outlives this.
  void Serve(GateLanes& lanes) { shards_.push_back({&lanes, {}}); }
  // Looks at its lanes from now on.
  void Start() { LookLater(); }
  void Calm() { calm_ = true; }

 private:
  struct ShardLink {
    GateLanes* lanes;
    std::map<std::uint32_t, std::uint32_t> asked;  // slots and generations without an answer
  };

  void LookLater();
  void Look();
  void OnEntry(std::size_t shard, const ToGate& entry);
  void Answer(std::size_t shard, const Asker& asker);

  Kernel& kernel_;
  std::vector<ShardLink> shards_;
  bool calm_ = false;
};

}  // namespace ringcast::simulation
