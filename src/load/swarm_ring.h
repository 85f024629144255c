// One ring with its share of the subscribers: connects them, at the pace given, and feeds them what
// they receive. A subscriber's index is the slot of its direct descriptor, so there is nothing to
// look up.
//
// Threads: its worker's, from Create() on.
// Invariants: a subscriber has at most one operation under way until its stream begins, then one
// armed receive.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "load/subscriber.h"
#include "load/tally.h"
#include "load/target.h"
#include "uring/ring.h"

namespace ringcast {

// The largest table of one ring. RLIMIT_NOFILE limits each, and 20,000 is a usual value for it.
inline constexpr std::uint32_t kMaxSubscribersPerRing = 19'000;

struct SwarmRingOptions {
  std::uint32_t subscribers = 0;     // at most kMaxSubscribersPerRing
  std::uint32_t first_address = 0;   // of the target's, for the first subscriber
  double connect_rate = 0;           // connections started a second; 0: no limit
  std::uint32_t max_connecting = 0;  // started, but without a response
  std::uint32_t payload_bytes = 0;   // of each event's data; 0: not known
  bool large_receives = false;       // many events come at once
};

class SwarmRing {
 public:
  // `target` and `tally` must outlive it.
  static Result<std::unique_ptr<SwarmRing>> Create(const SwarmRingOptions& options,
                                                   const Target& target, Tally& tally);

  // Starts connections that are due, waits for `at_least` completions or until the time is over,
  // and handles what has come. Returns how many completions that were.
  std::size_t Turn(unsigned at_least, Nanos at_most);
  // Whether connections are to be started later.
  bool connecting() const { return started_ < options_.subscribers; }
  RingHandle handle() const { return ring_->handle(); }

  // The end: every connection is reset, so that neither side keeps its port.
  void ResetAll();

  std::uint32_t size() const { return options_.subscribers; }
  Subscriber& subscriber(std::uint32_t index) { return subscribers_[index]; }

 private:
  enum class Operation : std::uint8_t { kOpen, kConnect, kRequest, kReceive, kClose, kReset };

  SwarmRing(const SwarmRingOptions& options, const Target& target, Tally& tally,
            std::unique_ptr<Ring> ring);
  void StartConnections(MonoTime now);
  void Handle(const Completion& completion, std::uint64_t now_ns);
  void TakeReceived(const Completion& completion, std::uint32_t index, std::uint64_t now_ns);
  void Fail(std::uint32_t index, int error);
  void Close(std::uint32_t index);

  const SwarmRingOptions options_;
  const Target& target_;
  Tally& tally_;
  std::unique_ptr<Ring> ring_;
  std::unique_ptr<Subscriber[]> subscribers_;
  std::vector<bool> open_;  // the slot holds a socket
  std::uint32_t started_ = 0;
  std::uint32_t connecting_ = 0;  // started, but without a response
  MonoTime start_{};
};

}  // namespace ringcast
