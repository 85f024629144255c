// The gate: the thread that asks the application who may subscribe (auth-url), so that no shard
// ever waits for it. It takes questions off the shards' lanes, asks at most so many at a time, and
// puts decisions on the lanes back. Equal questions are asked once while one is under way, and for
// a moment after it if there is a cache.
//
// What cannot be asked in time is answered too, as "no decision" or "busy": a shard always hears.
//
// Threads: Run() on the gate's own thread, which also created the ring; the bell is rung by the
// shards, and by whoever posts settings or sets the stop flag. GateStats may be read on any.
// Invariants: every question that is not cancelled gets exactly one answer while the gate runs.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/counter.h"
#include "base/fifo.h"
#include "base/log_limiter.h"
#include "base/mailbox.h"
#include "base/pulse.h"
#include "base/time.h"
#include "gate/decision.h"
#include "gate/decision_cache.h"
#include "gate/gate_lanes.h"
#include "gate/pending_questions.h"
#include "gate/subrequests.h"
#include "uring/bell.h"
#include "uring/ring.h"

namespace ringcast {

// What may change while it runs.
struct GateSettings {
  Millis timeout{2'000};      // from the question to the whole answer
  unsigned concurrency = 64;  // requests to the application at a time
  Millis cache{0};            // how long a decision holds for the same question; 0: not at all
};

// How requests to the application have ended; the label of ringcast_auth_requests_total.
enum class AuthResult : std::uint8_t { kAllowed, kDenied, kTimeout, kUnreachable, kBadAnswer };
inline constexpr std::size_t kAuthResults = 5;
std::string_view Name(AuthResult result);

struct GateStats {
  Pulse pulse;
  Counter questions;                           // of the shards
  std::array<Counter, kAuthResults> requests;  // to the application
  Counter cached;                              // questions answered from the cache
  Counter joined;                              // that waited for the answer to an equal one
  Counter busy;                                // that found no turn
  Counter waiting;                             // for their turn, now
  Counter under_way;                           // being asked, now
  Counter failing;                             // 1 while the last request had no sound answer
};

class Gate {
 public:
  // A shard, as the gate sees it.
  struct Port {
    GateLanes* lanes = nullptr;
    RingHandle ring;
    std::uint64_t doorbell = 0;  // the tag to ring with
  };
  // Shared with other threads.
  struct Shared {
    Bell bell;
    GateStats stats;
    Mailbox<GateSettings> settings;
    std::atomic<bool> stop{false};  // relaxed: it is looked at again after each ring
  };

  Gate(const GateSettings& settings, Ring& ring, std::vector<Port> shards, Shared& shared);
  ~Gate();

  void Run();
  // Once round: takes what has come, goes on, answers; waits at most `at_most` when there is
  // nothing to do.
  void Tick(Millis at_most);

 private:
  struct ShardLink {
    Port port;
    Fifo<FromGate> unsent;  // found the lane full
  };

  void FollowSettings();
  void TakeQuestions();
  void OnQuestion(std::uint32_t shard, const ToGate& entry);
  void AnswerExpired();
  void StartRequests();
  void OnFinished(Subrequests::Outcome& outcome);
  Decision Judge(const Subrequests::Outcome& outcome, const AuthUrl& url);
  void NoteFailure(AuthResult result, const AuthUrl& url, const std::string& why);
  void NoteAnswer(const AuthUrl& url);
  void Tell(const PendingQuestions::ShardAsker& asker, const Decision& decision);
  void TellAll(const PendingQuestions::Entry& entry, const Decision& decision);
  void CommitAnswers();
  bool PrepareSleep();
  void FinishSleep();

  GateSettings settings_;
  Ring& ring_;
  std::vector<ShardLink> shards_;
  Shared& shared_;
  GateStats& stats_;
  MonoTime now_;
  std::int64_t unix_seconds_ = 0;
  PendingQuestions pending_;
  DecisionCache cache_;
  Subrequests subrequests_;
  std::vector<Subrequests::Outcome> finished_;
  std::vector<Completion> completions_;
  LogLimiter failures_{1, std::chrono::seconds(10)};
};

}  // namespace ringcast
