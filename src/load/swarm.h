// All subscribers of a benchmark, on as many rings as their number needs and as many threads as the
// machine has to give.
//
// Threads: made, watched and stopped by one; it starts the workers and joins them.
// Invariants: the totals do not change any more once Stop() has returned.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/counter.h"
#include "base/result.h"
#include "load/swarm_ring.h"
#include "load/tally.h"
#include "load/target.h"

namespace ringcast {

struct SwarmOptions {
  std::uint64_t connections = 0;
  unsigned workers = 1;
  double connect_rate = 0;          // connections started a second; 0: no limit
  std::uint32_t payload_bytes = 0;  // of each event's data; 0: not known
  bool large_receives = false;      // many events come at once
};

// How a worker's thread spent its time, in nanoseconds.
struct WorkerTime {
  std::uint64_t running = 0;  // on a core
  std::uint64_t waiting = 0;  // for a core
};

class Swarm {
 public:
  // Starts the workers, who make their rings, so that connecting is all that is left to do.
  // `target` must outlive it.
  static Result<std::unique_ptr<Swarm>> Create(const SwarmOptions& options, const Target& target);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  // Connects; workers go on until Stop().
  void Start();
  // Resets all connections and joins the workers.
  void Stop();

  // While it goes on: sums over the workers of one of Tally's counters.
  std::uint64_t Sum(Counter Tally::*counter) const;
  // On CLOCK_MONOTONIC; 0: no event has come.
  std::uint64_t FirstEventNs() const;
  // One for each worker that runs.
  std::vector<WorkerTime> Times() const;

  // After Stop().
  std::vector<const Tally*> tallies() const;
  template <class Fn>
  void ForEachSubscriber(Fn&& fn) {
    for (const auto& worker : workers_) {
      for (const auto& ring : worker->rings) {
        for (std::uint32_t i = 0; i < ring->size(); ++i) fn(ring->subscriber(i));
      }
    }
  }

 private:
  enum class Phase : std::uint8_t { kPrepared, kRunning, kStopping };

  // Aligned: each is written by a thread of its own.
  struct alignas(128) Worker {
    Tally tally;
    std::vector<SwarmRingOptions> plan;
    std::vector<std::unique_ptr<SwarmRing>> rings;
    Status prepared = Done{};
    Counter thread_id;
    std::thread thread;
  };

  explicit Swarm(const Target& target) : target_(target) {}
  void Plan(const SwarmOptions& options);
  void Prepare(Worker& worker);
  void Run(Worker& worker);

  const Target& target_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Counter phase_;  // a Phase, which workers look at several times a second
};

}  // namespace ringcast
