#include "gate/gate.h"

#include <algorithm>
#include <utility>

#include "base/log_sink.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

// Of requests that only ring: nothing else runs on the gate's ring.
constexpr std::size_t kCompletions = 64;

Decision WithoutDecision(Decision::Verdict verdict) {
  Decision decision;
  decision.verdict = verdict;
  return decision;
}

}  // namespace

std::string_view Name(AuthResult result) {
  switch (result) {
    case AuthResult::kAllowed:
      return "allowed";
    case AuthResult::kDenied:
      return "denied";
    case AuthResult::kTimeout:
      return "timeout";
    case AuthResult::kUnreachable:
      return "unreachable";
    case AuthResult::kBadAnswer:
      return "bad_answer";
  }
  return "unknown";
}

Gate::Gate(const GateSettings& settings, Ring& ring, std::vector<Port> shards, Shared& shared)
    : settings_(settings),
      ring_(ring),
      shards_(shards.size()),
      shared_(shared),
      stats_(shared.stats),
      completions_(kCompletions) {
  for (std::size_t i = 0; i < shards.size(); ++i) shards_[i].port = shards[i];
  subrequests_.KeepConnections(settings_.concurrency);
}

Gate::~Gate() {
  for (ShardLink& shard : shards_) {
    while (!shard.unsent.empty()) delete shard.unsent.PopFront().decision;
  }
}

void Gate::Run() {
  // As often as the other threads give a sign of life.
  constexpr Millis kLongest{100};
  // Relaxed: whoever sets it rings.
  while (!shared_.stop.load(std::memory_order_relaxed)) Tick(kLongest);
}

void Gate::Tick(Millis at_most) {
  stats_.pulse.Beat();
  shared_.bell.Silence();
  now_ = MonotonicNow();
  unix_seconds_ = static_cast<std::int64_t>(WallClockNow() / 1000);
  FollowSettings();
  TakeQuestions();
  subrequests_.Run(finished_);
  for (Subrequests::Outcome& outcome : finished_) OnFinished(outcome);
  finished_.clear();
  AnswerExpired();
  StartRequests();
  CommitAnswers();
  stats_.waiting.Set(pending_.waiting());
  stats_.under_way.Set(pending_.under_way());
  if (!PrepareSleep()) return;
  constexpr Millis kLookAgain{5};  // while a lane is full, or somebody's deadline is near
  const bool soon = pending_.waiting() > 0 ||
                    std::any_of(shards_.begin(), shards_.end(),
                                [](const ShardLink& shard) { return !shard.unsent.empty(); });
  subrequests_.Wait(shared_.bell.descriptor(), soon ? std::min(at_most, kLookAgain) : at_most);
  FinishSleep();
}

void Gate::FollowSettings() {
  const GateSettings* posted = shared_.settings.Posted();
  if (posted == nullptr) return;
  settings_ = *posted;
  subrequests_.KeepConnections(settings_.concurrency);
  // A reload may be how an operator makes a decision of a moment ago not hold.
  cache_.Clear();
  shared_.settings.Acknowledge();
}

void Gate::TakeQuestions() {
  for (std::uint32_t shard = 0; shard < shards_.size(); ++shard) {
    SpscQueue<ToGate>& questions = shards_[shard].port.lanes->questions;
    bool any = false;
    while (const ToGate* entry = questions.Front()) {
      const ToGate copy = *entry;
      questions.Pop();
      any = true;
      OnQuestion(shard, copy);
    }
    if (any) questions.Release();
  }
}

void Gate::OnQuestion(std::uint32_t shard, const ToGate& entry) {
  const PendingQuestions::ShardAsker asker{shard, entry.asker};
  if (entry.question == nullptr) return pending_.Cancel(asker);
  std::unique_ptr<Question> question(entry.question);
  stats_.questions.Add();
  std::string key = question->Key();
  if (const auto known = cache_.Find(key, now_, unix_seconds_)) {
    stats_.cached.Add();
    pending_.Cancel(asker);
    return Tell(asker, *known);
  }
  switch (pending_.Add(std::move(question), std::move(key), asker, now_ + settings_.timeout)) {
    case PendingQuestions::Added::kWaits:
      return;
    case PendingQuestions::Added::kJoined:
      return stats_.joined.Add();
    case PendingQuestions::Added::kFull:
      stats_.busy.Add();
      return Tell(asker, WithoutDecision(Decision::Verdict::kBusy));
  }
}

// Their time is over before their turn has come.
void Gate::AnswerExpired() {
  while (const auto entry = pending_.TakeExpired(now_)) {
    stats_.busy.Add(entry->askers.size());
    TellAll(*entry, WithoutDecision(Decision::Verdict::kBusy));
  }
}

void Gate::StartRequests() {
  bool any = false;
  while (subrequests_.under_way() < settings_.concurrency) {
    const PendingQuestions::Entry* entry = pending_.StartNext();
    if (entry == nullptr) break;
    any = true;
    subrequests_.Start(entry->number, *entry->question,
                       std::chrono::ceil<Millis>(entry->deadline - now_));
  }
  // Sends them now, not when the wait finds that it could.
  if (any) subrequests_.Run(finished_);
}

void Gate::OnFinished(Subrequests::Outcome& outcome) {
  const auto entry = pending_.Finish(outcome.number);
  auto decision = std::make_shared<const Decision>(Judge(outcome, entry->question->url));
  TellAll(*entry, *decision);
  cache_.Put(entry->key, std::move(decision), now_, settings_.cache);
}

Decision Gate::Judge(const Subrequests::Outcome& outcome, const AuthUrl& url) {
  const auto failed = [&](AuthResult result, const std::string& why) {
    NoteFailure(result, url, why);
    return WithoutDecision(Decision::Verdict::kNone);
  };
  switch (outcome.asked) {
    case Asked::kTimeout:
      return failed(AuthResult::kTimeout, outcome.error);
    case Asked::kUnreachable:
      return failed(AuthResult::kUnreachable, outcome.error);
    case Asked::kBroken:
      return failed(AuthResult::kBadAnswer, outcome.error);
    case Asked::kAnswered:
      break;
  }
  Result<Decision> decision = ReadDecision(outcome.answer, unix_seconds_);
  if (!decision) return failed(AuthResult::kBadAnswer, decision.error().message);
  const bool allowed = decision->verdict == Decision::Verdict::kAllowed;
  const AuthResult result = allowed ? AuthResult::kAllowed : AuthResult::kDenied;
  stats_.requests[static_cast<std::size_t>(result)].Add();
  NoteAnswer(url);
  return std::move(*decision);
}

void Gate::NoteFailure(AuthResult result, const AuthUrl& url, const std::string& why) {
  stats_.requests[static_cast<std::size_t>(result)].Add();
  stats_.failing.Set(1);
  const LogAdmission admission = failures_.Admit(now_);
  if (!admission.admitted) return;
  Log(LogLevel::kError, "the application did not decide auth-url=" + url.text +
                            " result=" + std::string(Name(result)) + ": " + why +
                            "; who subscribes is asked to come back" + admission.Suffix());
}

void Gate::NoteAnswer(const AuthUrl& url) {
  if (stats_.failing.Get() == 0) return;
  stats_.failing.Set(0);
  Log(LogLevel::kInfo, "the application decides again auth-url=" + url.text);
}

void Gate::TellAll(const PendingQuestions::Entry& entry, const Decision& decision) {
  for (const PendingQuestions::ShardAsker& asker : entry.askers) Tell(asker, decision);
}

void Gate::Tell(const PendingQuestions::ShardAsker& asker, const Decision& decision) {
  shards_[asker.shard].unsent.PushBack({asker.asker, new Decision(decision)});
}

// Puts what fits on each lane, and rings for a shard that sleeps.
void Gate::CommitAnswers() {
  for (ShardLink& shard : shards_) {
    SpscQueue<FromGate>& answers = shard.port.lanes->answers;
    while (!shard.unsent.empty() && answers.FreeSlots() > 0) {
      answers.Stage(shard.unsent.PopFront());
    }
    // One that is not rung looks at its lane ten times a second anyway.
    if (answers.Commit() && answers.ShouldWake()) {
      ring_.Wake(shard.port.ring, shard.port.doorbell, 0);
    }
  }
  ring_.Submit(/*run_deferred=*/true);
  while (ring_.Reap(completions_) > 0) {
  }
}

// False: there is something to do.
bool Gate::PrepareSleep() {
  if (!finished_.empty()) return false;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (shards_[i].port.lanes->questions.PrepareSleep()) continue;
    while (i-- > 0) shards_[i].port.lanes->questions.FinishSleep();
    return false;
  }
  return true;
}

void Gate::FinishSleep() {
  for (ShardLink& shard : shards_) shard.port.lanes->questions.FinishSleep();
}

}  // namespace ringcast
