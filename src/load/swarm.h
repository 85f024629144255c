// All subscribers of a benchmark, on as many rings as their number needs and as many threads as the
// machine has to give.
//
// Threads: made, watched and stopped by one; it starts the workers and joins them.
// Invariants: the totals do not change any more once Stop() has returned.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
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
  double connect_rate = 0;      // connections started a second; 0: no limit
  bool large_receives = false;  // many events come at once
  bool prompt = false;          // orders are noticed within a millisecond, idle or not
  SwarmBehaviour behaviour = {};
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

  // Orders while it goes on; each blocks until all workers have noticed, 50 ms at most.
  // What arrives from now on is counted to this stage. May also be said before Start().
  void SetStage(Stage stage);
  // Of all subscribers so many a second leave and come anew; 0: none.
  void SetChurn(double rate);
  // All leave at once and come again.
  void ResetAndReconnect();
  // Those that had stopped to read go on.
  void ReadOn();

  std::uint64_t connections() const { return options_.connections; }
  // While it goes on: sums over the workers of one of Tally's counters, of those that read and of
  // those that stop to read.
  std::uint64_t Sum(Counter Tally::*counter) const;
  std::uint64_t SumSlow(Counter Tally::*counter) const;
  // On CLOCK_MONOTONIC; 0: not yet. When the first event came, the newest stream began, and when
  // the event that is looked for came to the last that had it.
  std::uint64_t FirstEventNs() const;
  std::uint64_t LastLiveNs() const;
  std::uint64_t LastMarkedNs() const;
  // One for each worker that runs.
  std::vector<WorkerTime> Times() const;

  // After Stop().
  std::vector<const Tally*> tallies() const;
  std::vector<const Tally*> slow_tallies() const;
  // Calls fn(number, subscriber) for each.
  template <class Fn>
  void ForEachSubscriber(Fn&& fn) {
    for (const auto& worker : workers_) {
      for (const auto& ring : worker->rings) {
        for (std::uint32_t i = 0; i < ring->size(); ++i) {
          fn(ring->first() + i, ring->subscriber(i));
        }
      }
    }
  }

 private:
  std::uint64_t Newest(Counter Tally::*counter) const;

  enum class Phase : std::uint8_t { kPrepared, kRunning, kStopping };

  struct Orders {
    Stage stage = Stage::kBefore;
    double churn_rate = 0;     // of all, a second
    std::uint64_t resets = 0;  // of all, so far
    bool reads_on = false;
  };

  // Aligned: each is written by a thread of its own.
  struct alignas(128) Worker {
    Tally tally;
    Tally slow_tally;  // of those that stop to read
    std::vector<SwarmRingOptions> plan;
    std::vector<std::unique_ptr<SwarmRing>> rings;
    Status prepared = Done{};
    Counter thread_id;
    Counter obeyed;  // orders noticed so far
    Orders orders;   // as they were then
    std::thread thread;
  };

  Swarm(const SwarmOptions& options, const Target& target) : options_(options), target_(target) {}
  void Plan();
  void Prepare(Worker& worker);
  void Run(Worker& worker);
  void Obey(Worker& worker);
  // Changes the orders and waits until all workers have noticed.
  template <class Change>
  void Order(Change change);

  const SwarmOptions options_;
  const Target& target_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Counter phase_;  // a Phase, which workers look at several times a second
  Counter given_;  // orders given so far: they look at the others when it has changed
  std::mutex orders_mutex_;
  Orders orders_;
};

}  // namespace ringcast
