// One run: the real shard and sequencer loops over simulated rings, with simulated subscribers and
// publishers, in an order that the seed decides. First they are busy, with faults; then the faults
// end, and everything published must arrive; then all leave, or the server drains, and nothing may
// be left of them.
//
// Threads: one.
// Invariants: the same seed does the same steps and comes to the same end.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/address_limits.h"
#include "sequencer/sequencer.h"
#include "shard/shard.h"
#include "simulation/fiber.h"
#include "simulation/ledger.h"
#include "simulation/publisher.h"
#include "simulation/scenario.h"
#include "simulation/simulated_gate.h"
#include "simulation/simulated_ring.h"
#include "simulation/subscriber.h"

namespace ringcast::simulation {

struct RunResult {
  std::string violation;  // empty: none
  std::string scenario;
  std::uint64_t steps = 0;  // of loops and of what happens around them
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t received = 0;
  std::uint64_t overflows = 0;
  std::array<std::uint64_t, kFaults> faults{};
  std::uint64_t digest = 0;  // of all steps: equal for equal runs
  bool ok() const { return violation.empty(); }
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, Sabotage sabotage = {});
  ~Simulation();

  void set_verbose(bool verbose) { kernel_.set_verbose(verbose); }
  RunResult Run();

 private:
  struct Loop {
    std::string name;
    std::unique_ptr<SimulatedRing> ring;
    std::unique_ptr<Fiber> fiber;
    MonoTime stalled_until;
  };
  struct ShardParts {
    ShardOptions options;
    ShardPublic shared;
    std::unique_ptr<ShardLanes> lanes;
    GateLanes gate_lanes;
    std::unique_ptr<Shard<SimulatedRing>> shard;
  };

  // --- simulation.cc: building and stepping
  void Build();
  void BuildShard(unsigned number);
  void BuildPeers();
  void AddLoop(std::string name, const SimulatedRingOptions& options);
  bool Step();
  void StepLoop(Loop& loop);
  // Steps until it is so; a violation when that takes longer.
  void RunUntil(const std::function<bool()>& so, Millis at_most, const std::string& what);
  void RunFor(Millis time);
  void EndLoops();

  // --- run_phases.cc: what is done and checked when
  void Busy();
  bool Settled() const;
  void PostOtherSettings();
  void ComeToRest();
  void Quiet();
  void GoAway();
  void Drain();
  void CheckBounds();
  void CheckAddresses();
  void CheckAddressesAreFree();
  void CheckNothingLeft();
  Millis LongestTurn() const;
  Millis LongestGoodbye() const;
  std::string Leftovers() const;
  // As it comes from the kernel; the network of the subscriber's address as a shard counts it.
  static std::uint32_t AddressOf(unsigned number) { return htonl(0x0a00'0001 + number); }
  AddressLimits::Key KeyOf(unsigned number) const;

  Kernel kernel_;
  Scenario scenario_;
  Ledger ledger_{kernel_};
  RunControl control_;
  AddressLimits addresses_;
  StopFlags stop_;
  SequencerOptions sequencer_options_;
  Mailbox<SequencerSettings> sequencer_settings_;
  ChannelCensus census_;
  SequencerStats sequencer_stats_;
  ReportBox reports_;
  std::vector<std::unique_ptr<Loop>> loops_;  // the shards', then the sequencer's
  std::vector<std::unique_ptr<ShardParts>> shards_;
  SimulatedGate gate_{kernel_};
  std::unique_ptr<Sequencer<SimulatedRing>> sequencer_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::vector<std::unique_ptr<Publisher>> publishers_;
  std::uint64_t steps_ = 0;
  std::uint64_t digest_ = 0;
  MonoTime next_check_;
};

}  // namespace ringcast::simulation
