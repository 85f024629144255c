// One ring with its share of the subscribers: connects them, at the pace given, and feeds them what
// they receive. A subscriber's index is the slot of its direct descriptor, so there is nothing to
// look up.
//
// Threads: its worker's, from Create() on.
// Invariants: a subscriber has at most one operation under way until its stream begins, then one
// armed receive (none, if it reads no more). A slot is used again only when nothing is under way on
// it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/counter.h"
#include "base/result.h"
#include "base/time.h"
#include "load/channel_names.h"
#include "load/id_table.h"
#include "load/subscriber.h"
#include "load/tally.h"
#include "load/target.h"
#include "uring/ring.h"

namespace ringcast {

// The largest table of one ring. RLIMIT_NOFILE limits each, and 20,000 is a usual value for it.
inline constexpr std::uint32_t kMaxSubscribersPerRing = 19'000;

// What the subscribers of a swarm are. Pointers are to what outlives it; null: there is none.
struct SwarmBehaviour {
  std::uint32_t payload_bytes = 0;    // of each event's data; 0: not known
  const Counter* mark = nullptr;      // the number of the event that is looked for; 0: none yet
  bool tracks_completion = false;     // when each event came to the last of them
  std::string resume_id = {};         // each asks for what came after it; empty: a fresh stream
  std::uint64_t first_due = 0;        // with resume_id: the first event that is then due
  const IdTable* ids = nullptr;       // those that connect again resume by it; else they start anew
  const ChannelPath* path = nullptr;  // of channel (subscriber modulo channels), else the target's
  std::uint32_t channels = 1;
  double slow_share = 0;  // of them stops to read when its stream has begun
};

// Whether subscriber `index` is one of those that stop to read: they are spread evenly.
bool IsSlow(std::uint64_t index, double slow_share);
// How many of the first `count` are.
std::uint64_t CountSlow(std::uint64_t count, double slow_share);

struct SwarmRingOptions {
  std::uint32_t subscribers = 0;     // at most kMaxSubscribersPerRing
  std::uint64_t first = 0;           // the first one's number in the swarm
  double connect_rate = 0;           // connections started a second; 0: no limit
  std::uint32_t max_connecting = 0;  // started, but without a response
  std::uint32_t buffers = 0;         // to receive into: a power of two, and the bytes of each
  std::uint32_t buffer_bytes = 0;
};

class SwarmRing {
 public:
  // Everything by reference must outlive it; `slow_tally` is that of those that stop to read.
  static Result<std::unique_ptr<SwarmRing>> Create(const SwarmRingOptions& options,
                                                   const SwarmBehaviour& behaviour,
                                                   const Target& target, Tally& tally,
                                                   Tally& slow_tally);

  // Starts and replaces connections that are due, waits for `at_least` completions or until the
  // time is over, and handles what has come. Returns how many completions that were.
  std::size_t Turn(unsigned at_least, Nanos at_most);
  // Whether connections are to be started, now or later.
  bool connecting() const {
    return started_ < options_.subscribers || !waiting_.empty() || churn_rate_ > 0;
  }
  RingHandle handle() const { return ring_->handle(); }

  // From now on so many live streams a second are reset and made anew, in turn. 0: none.
  void SetChurn(double rate);
  // Resets every live stream at once and makes it anew.
  void ResetAndReconnect();
  // Those that had stopped to read go on.
  void ReadOn();
  // The end: every connection is reset, so that neither side keeps its port.
  void ResetAll();

  std::uint32_t size() const { return options_.subscribers; }
  std::uint64_t first() const { return options_.first; }
  Subscriber& subscriber(std::uint32_t index) { return subscribers_[index]; }

 private:
  enum class Operation : std::uint8_t { kOpen, kConnect, kRequest, kReceive, kClose, kReset };

  SwarmRing(const SwarmRingOptions& options, const SwarmBehaviour& behaviour, const Target& target,
            Tally& tally, Tally& slow_tally, std::unique_ptr<Ring> ring);
  bool IsSlow(std::uint32_t index) const {
    return behaviour_.slow_share > 0 &&
           ringcast::IsSlow(options_.first + index, behaviour_.slow_share);
  }
  Tally& TallyOf(std::uint32_t index) { return IsSlow(index) ? slow_tally_ : tally_; }

  void StartConnections(MonoTime now);
  bool StartAgain(std::uint32_t index, MonoTime now);
  void Open(std::uint32_t index, MonoTime now);
  void ReplaceDue(MonoTime now);
  void Leave(std::uint32_t index);
  void Handle(const Completion& completion, std::uint64_t now_ns);
  void Connect(std::uint32_t index);
  void SendRequest(std::uint32_t index);
  void Receive(std::uint32_t index);
  void TakeReceived(const Completion& completion, std::uint32_t index, std::uint64_t now_ns);
  void TakeBytes(const Completion& completion, std::uint32_t index, std::uint64_t now_ns);
  void Fail(std::uint32_t index, int error);
  void Close(std::uint32_t index);

  const SwarmRingOptions options_;
  const SwarmBehaviour& behaviour_;
  const Target& target_;
  Tally& tally_;
  Tally& slow_tally_;
  std::unique_ptr<Ring> ring_;
  std::unique_ptr<Subscriber[]> subscribers_;
  std::unique_ptr<std::uint32_t[]> started_us_;  // since start_, modulo 2^32: when it connected
  std::vector<bool> open_;                       // the slot holds a socket
  std::vector<bool> leaving_;                    // its stream was reset here, to be made anew
  std::vector<bool> again_;                      // its stream has been made anew
  std::vector<std::uint32_t> waiting_;           // slots that are free to connect again
  std::deque<std::string> requests_;             // under way until the next submission
  std::uint64_t mark_ = 0;
  std::uint32_t started_ = 0;     // of all, for the first time
  std::uint32_t connecting_ = 0;  // started, but without a response
  std::uint32_t churn_next_ = 0;
  std::uint64_t churned_ = 0;
  double churn_rate_ = 0;
  bool reading_on_ = false;
  MonoTime churn_start_{};
  MonoTime start_{};
};

}  // namespace ringcast
