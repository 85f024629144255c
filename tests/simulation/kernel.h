// What the simulated rings and peers share: time, chance, what is going to happen, listeners, the
// process's descriptors, and the book of what went wrong. Nothing here or below it asks the real
// kernel for anything, so a run depends on its seed alone.
//
// Threads: one.
// Invariants: things happen in the order of their times, and of their making when these are equal.
// The first violation is kept; what follows from it is not told.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "simulation/fault_plan.h"
#include "simulation/sabotage.h"
#include "uring/ring.h"

namespace ringcast::simulation {

class SimulatedRing;
class Socket;

struct Listener {
  bool has_addresses = true;
  std::deque<std::shared_ptr<Socket>> waiting;
  // Armed accepts: the ring and its number for the operation.
  std::vector<std::pair<SimulatedRing*, std::uint64_t>> watches;
};

class Kernel {
 public:
  explicit Kernel(std::uint64_t seed, Sabotage sabotage = {});
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  Rng& rng() { return rng_; }
  FaultPlan& faults() { return faults_; }
  Saboteur& saboteur() { return saboteur_; }
  // Uniform in [least, most].
  std::uint64_t Between(std::uint64_t least, std::uint64_t most) {
    return least + rng_.Below(most - least + 1);
  }
  bool Chance(std::uint64_t of_hundred) { return rng_.Below(100) < of_hundred; }

  // ---- Time ----
  MonoTime Now() const { return now_; }
  UnixMillis WallNow();
  void AdvanceTo(MonoTime when);
  void After(Nanos delay, std::function<void()> what);
  std::optional<MonoTime> NextEvent() const;
  // Runs the earliest event. REQUIRES: NextEvent() is not in the future.
  void RunEvent();

  // ---- Objects ----
  RingHandle AddRing(SimulatedRing& ring);
  SimulatedRing& RingOf(RingHandle handle) {
    return *rings_[static_cast<std::size_t>(handle.descriptor)];
  }
  // Listeners have descriptors of their own, beyond those of connections.
  int OpenListener(bool has_addresses);
  Listener& ListenerOf(int descriptor) { return *listeners_.at(descriptor); }
  // A peer's new connection, from an IPv4 address in network order, waits at the listener.
  // `send_capacity`: what the loop's side can send before it must wait for the peer to read.
  std::shared_ptr<Socket> Connect(int listener, std::size_t send_capacity,
                                  std::uint32_t address = 0);
  // The lowest free descriptor, as the kernel does it: a stale one is soon another connection's.
  int OpenDescriptor(std::shared_ptr<Socket> socket);
  std::shared_ptr<Socket> SocketOf(int descriptor) const;
  void CloseDescriptor(int descriptor);
  std::size_t open_descriptors() const { return descriptors_.size(); }
  const std::vector<std::weak_ptr<Socket>>& sockets() const { return sockets_; }
  void ForgetClosedSockets();

  // ---- What is found ----
  void Violation(const std::string& what);
  bool violated() const { return !violation_.empty(); }
  const std::string& violation() const { return violation_; }
  // One line to standard error, when the run is to be followed.
  void Trace(const std::string& line) const;
  void set_verbose(bool verbose) { verbose_ = verbose; }
  bool verbose() const { return verbose_; }
  std::string Clock() const;  // simulated seconds since the start

 private:
  struct Event {
    MonoTime at;
    std::uint64_t number = 0;
    std::function<void()> what;
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };
  static constexpr int kFirstDescriptor = 5;
  static constexpr int kFirstListener = 100'000;
  static constexpr MonoTime kStart{std::chrono::hours(1)};

  Rng rng_;
  FaultPlan faults_{rng_};
  Saboteur saboteur_;
  MonoTime now_ = kStart;
  std::int64_t wall_offset_ms_ = 1'700'000'000'000;
  std::uint64_t next_event_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<SimulatedRing*> rings_;
  std::map<int, std::unique_ptr<Listener>> listeners_;
  std::map<int, std::shared_ptr<Socket>> descriptors_;
  std::vector<std::weak_ptr<Socket>> sockets_;
  std::string violation_;
  bool verbose_ = false;
};

}  // namespace ringcast::simulation
