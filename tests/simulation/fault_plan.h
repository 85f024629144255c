// What goes wrong in a run, and how often: each kind of fault has a rate that the seed draws, and a
// count of how often it struck. A run with few kinds at high rates finds other things than one with
// all of them at low rates, so a seed leaves some out.
//
// Threads: one.
// Invariants: after Silence() nothing strikes any more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/rng.h"

namespace ringcast::simulation {

enum class Fault : std::uint8_t {
  // The kernel and the machine.
  kLateCompletion,  // comes tens of milliseconds later, behind others
  kShortSend,       // a send takes less than there is room for
  kSendError,       // a send fails with an errno
  kReceiveError,    // a receive fails with an errno
  kNoBuffer,        // no provided buffer although there is one
  kPollError,       // a poll fails with an errno
  kShutdownError,   // a shutdown fails
  kTableFull,       // an accept finds no slot; its client is gone
  kAcceptError,     // an accept fails with an errno and ends
  kCancelTooLate,   // a cancel finds nothing although the operation is armed
  kDoorbellLost,    // a doorbell never rings
  kPassRefused,     // a connection cannot be handed to another ring
  kPassUntold,      // it has been handed over, but there was no memory to tell the other
  kSubmissionCut,   // a submission is taken in part
  kPreempted,       // a loop stands still within a submission
  kLoopStalled,     // a loop is not run for a while
  kEarlyWake,       // a wait ends for no reason, as by a signal
  kWallClockStep,   // the wall clock is set forwards or back
  // Peers.
  kPeerStopsReading,  // for a while, perhaps for ever
  kPeerHalfCloses,
  kPeerResets,           // at any byte
  kPeerVanishes,         // without a word; the kernel gives up on it later
  kPeerSendsStray,       // bytes after its request
  kPeerStallsInRequest,  // stops in the middle of what it sends
  kPublisherSendsRubbish,
};
inline constexpr std::size_t kFaults = 25;
std::string_view Name(Fault fault);

class FaultPlan {
 public:
  // REQUIRES: `rng` outlives the plan.
  explicit FaultPlan(Rng& rng) : rng_(rng) {}

  // Draws a rate for each kind. `intensity`: 0 (nothing ever strikes) to 3.
  void Draw(unsigned intensity);
  void Silence() { silent_ = true; }

  // Whether this kind of fault strikes now; counted when it does.
  bool Strikes(Fault fault);
  std::uint64_t count(Fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }

 private:
  Rng& rng_;
  bool silent_ = false;
  std::array<std::uint32_t, kFaults> rates_{};  // of 10,000
  std::array<std::uint64_t, kFaults> counts_{};
};

}  // namespace ringcast::simulation
