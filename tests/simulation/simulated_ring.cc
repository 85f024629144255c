// The simulated ring's queues: preparing, submitting, waiting, reaping.
#include "simulation/simulated_ring.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ringcast::simulation {
namespace {

// Less than this is no sleep.
constexpr Nanos kShortestSleep = std::chrono::microseconds(50);
constexpr unsigned kMostRounds = 2000;

}  // namespace

SimulatedRing::SimulatedRing(Kernel& kernel, const SimulatedRingOptions& options)
    : kernel_(kernel),
      handle_(kernel.AddRing(*this)),
      name_(options.name),
      submission_entries_(options.submission_entries),
      completion_entries_(options.completion_entries),
      direct_slots_(options.direct_slots),
      checks_generations_(options.checks_generations),
      free_slots_(options.direct_slots),
      buffers_(options.buffers, std::string(options.buffer_bytes, '\0')),
      free_buffers_(options.buffers) {
  std::iota(free_slots_.begin(), free_slots_.end(), 0u);
  std::iota(free_buffers_.begin(), free_buffers_.end(), std::uint16_t{0});
}

void SimulatedRing::AcceptDirect(File listener, std::uint64_t tag) {
  Prepare({.kind = Kind::kAcceptMany, .file = listener, .tag = tag});
}
void SimulatedRing::AcceptPlain(File listener, std::uint64_t tag) {
  Prepare({.kind = Kind::kAcceptPlain, .file = listener, .tag = tag});
}
void SimulatedRing::AcceptOneDirect(File listener, PeerAddress* peer, std::uint64_t tag) {
  Prepare({.kind = Kind::kAcceptOne, .file = listener, .tag = tag, .peer = peer});
}
void SimulatedRing::Receive(File file, std::span<char> into, std::uint64_t tag) {
  Prepare({.kind = Kind::kReceive, .file = file, .tag = tag, .into = into});
}
void SimulatedRing::ReceiveProvided(File file, std::uint64_t tag) {
  Prepare({.kind = Kind::kReceiveProvided, .file = file, .tag = tag});
}
void SimulatedRing::SendNow(File file, std::span<const char> bytes, std::uint64_t tag) {
  Prepare({.kind = Kind::kSendNow, .file = file, .tag = tag, .pieces = {bytes}});
}
void SimulatedRing::SendMessageNow(File file, const msghdr* message, std::uint64_t tag) {
  Operation send{.kind = Kind::kSendNow, .file = file, .tag = tag};
  for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
    const iovec& piece = message->msg_iov[i];
    send.pieces.emplace_back(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  Prepare(std::move(send));
}
void SimulatedRing::SendAll(File file, std::span<const char> bytes, std::uint64_t tag) {
  Prepare({.kind = Kind::kSendAll, .file = file, .tag = tag, .pieces = {bytes}});
}
void SimulatedRing::PollReadable(File file, std::uint64_t tag) {
  Prepare({.kind = Kind::kPollReadable, .file = file, .tag = tag});
}
void SimulatedRing::PollWritable(File file, std::uint64_t tag) {
  Prepare({.kind = Kind::kPollWritable, .file = file, .tag = tag});
}
void SimulatedRing::Shutdown(File file, std::uint64_t tag) {
  Prepare({.kind = Kind::kShutdown, .file = file, .tag = tag});
}
void SimulatedRing::ShutdownWrite(File file, std::uint64_t tag) {
  Prepare({.kind = Kind::kShutdownWrite, .file = file, .tag = tag});
}
void SimulatedRing::Abort(File file, std::uint64_t tag) {
  Prepare({.kind = Kind::kAbort, .file = file, .tag = tag});
}
void SimulatedRing::Close(File file, std::uint64_t tag) {
  Prepare({.kind = Kind::kClose, .file = file, .tag = tag});
}
void SimulatedRing::Cancel(std::uint64_t tag_to_cancel, std::uint64_t tag) {
  Prepare({.kind = Kind::kCancel, .tag = tag, .their_tag = tag_to_cancel});
}
void SimulatedRing::Wake(RingHandle other, std::uint64_t their_tag, std::uint64_t our_tag) {
  Prepare({.kind = Kind::kWake, .tag = our_tag, .other = other, .their_tag = their_tag});
}
void SimulatedRing::PassOn(std::uint32_t slot, RingHandle other, std::uint64_t their_tag,
                           std::uint64_t our_tag) {
  Prepare({.kind = Kind::kPassOn,
           .file = File::Slot(slot),
           .tag = our_tag,
           .other = other,
           .their_tag = their_tag});
}

std::span<const char> SimulatedRing::BufferBytes(const Completion& completion) const {
  return {buffers_[completion.buffer()].data(), static_cast<std::size_t>(completion.result)};
}

void SimulatedRing::RecycleBuffer(const Completion& completion) {
  const std::uint16_t buffer = completion.buffer();
  if (std::find(free_buffers_.begin(), free_buffers_.end(), buffer) != free_buffers_.end()) {
    return kernel_.Violation(name_ + ": a provided buffer is given back twice");
  }
  if (kernel_.saboteur().Makes(Mistake::kKeepBuffer)) return;
  // Whoever still reads it reads this.
  buffers_[buffer].assign(buffers_[buffer].size(), '~');
  free_buffers_.push_back(buffer);
}

Result<PeerCredentials> SimulatedRing::Credentials(File file) const {
  if (!kernel_.SocketOf(file.number))
    kernel_.Violation(name_ + ": who is behind a closed descriptor?");
  return PeerCredentials{.user = 1000, .group = 1000, .further_groups = {}, .process = 1};
}

IpAddress SimulatedRing::AddressOf(File file) const {
  const std::shared_ptr<Socket> socket = kernel_.SocketOf(file.number);
  if (!socket) kernel_.Violation(name_ + ": where does a closed descriptor come from?");
  const std::uint32_t address = socket ? socket->address() : 0;
  return IpAddress::FromBytes({reinterpret_cast<const char*>(&address), sizeof address});
}

void SimulatedRing::Prepare(Operation operation) {
  if (submissions_.size() >= submission_entries_) Submit();
  submissions_.push_back(std::move(operation));
}

void SimulatedRing::Submit(bool run_deferred) {
  Enter(run_deferred, /*may_be_cut=*/false);
  if (run_deferred) NoteRound();
  Preempt();
}

void SimulatedRing::SubmitAndWait(unsigned at_least, Nanos at_most) {
  Enter(/*run_deferred=*/true, /*may_be_cut=*/true);
  wanted_ = at_least;
  wake_at_ = kernel_.Now() + at_most;
  if (kernel_.saboteur().KeepsMaking(Mistake::kNeverWait)) wanted_ = 0;
  if (kernel_.faults().Strikes(Fault::kEarlyWake)) wanted_ = 0;
  waiting_ = true;
  fiber_->Yield();
  waiting_ = false;
  if (at_most >= kShortestSleep && kernel_.Now() >= wake_at_) rounds_ = 0;
  NoteRound();
  RunTaskWork(std::max<std::size_t>(20, at_least));
  FlushOverflow();
}

// A loop may come many times in a row while it works something off, but not for ever: for that it
// sleeps. It cannot be let go on, for a loop that does not wait keeps its fiber.
void SimulatedRing::NoteRound() {
  if (stopping_ || kernel_.violated()) return;
  if (++rounds_ < kMostRounds) return;
  kernel_.Violation(name_ + " spins: nothing gets on, and it does not sleep");
  fiber_->Yield();
}

bool SimulatedRing::Due() const {
  return !waiting_ || stopping_ || kernel_.Now() >= wake_at_ ||
         completions_.size() + overflowed_.size() + task_work_.size() >= wanted_;
}

void SimulatedRing::Enter(bool run_deferred, bool may_be_cut) {
  const bool overflow = !overflowed_.empty();
  while (!submissions_.empty()) {
    // No memory for a request just now: the rest stays queued.
    if (may_be_cut && kernel_.faults().Strikes(Fault::kSubmissionCut)) break;
    Operation operation = std::move(submissions_.front());
    submissions_.pop_front();
    Issue(std::move(operation));
  }
  if (run_deferred) RunTaskWork(20);
  if (run_deferred || overflow) FlushOverflow();
}

void SimulatedRing::RunTaskWork(std::size_t most) {
  for (std::size_t left = std::min(most, task_work_.size()); left > 0; --left) {
    const TaskWork work = task_work_.front();
    task_work_.pop_front();
    if (!work.operation) {
      Post(work.completion.tag, work.completion.result, work.completion.flags);
      continue;
    }
    const auto found = armed_.find(*work.operation);
    if (found == armed_.end()) continue;  // cancelled meanwhile
    found->second.poked = false;
    if (Try(found->second) == Outcome::kComplete) Disarm(*work.operation);
  }
}

// Behind what has overflowed nothing overtakes it.
void SimulatedRing::Post(std::uint64_t tag, std::int32_t result, std::uint32_t flags) {
  const Completion completion{tag, result, flags};
  if (result >= 0) rounds_ = 0;
  if (completions_.size() < completion_entries_ && overflowed_.empty()) {
    completions_.push_back(completion);
  } else {
    if (overflowed_.empty()) ++overflows_;
    overflowed_.push_back(completion);
  }
}

void SimulatedRing::PostLater(std::uint64_t tag, std::int32_t result) {
  kernel_.After(Delay(), [this, tag, result] { task_work_.push_back({{}, {tag, result, 0}}); });
}

void SimulatedRing::FlushOverflow() {
  while (!overflowed_.empty() && completions_.size() < completion_entries_) {
    completions_.push_back(overflowed_.front());
    overflowed_.pop_front();
  }
}

std::size_t SimulatedRing::Reap(std::span<Completion> out) {
  std::size_t count = 0;
  while (count < out.size()) {
    if (completions_.empty()) FlushOverflow();
    if (completions_.empty()) break;
    out[count++] = completions_.front();
    completions_.pop_front();
  }
  return count;
}

void SimulatedRing::Poke(std::uint64_t operation) {
  const auto found = armed_.find(operation);
  if (found == armed_.end() || found->second.poked) return;
  found->second.poked = true;
  kernel_.After(Delay(), [this, operation] { task_work_.push_back({operation, {}}); });
}

Nanos SimulatedRing::Delay() {
  if (kernel_.faults().Strikes(Fault::kLateCompletion)) return Millis(kernel_.Between(1, 200));
  return std::chrono::microseconds(kernel_.Between(0, 40));
}

// Others run while this loop stands where it is.
void SimulatedRing::Preempt() {
  if (!stopping_ && kernel_.faults().Strikes(Fault::kPreempted)) {
    waiting_ = false;
    fiber_->Yield();
  }
}

std::string SimulatedRing::DescribeArmed() const {
  std::string text;
  for (const auto& [id, operation] : armed_) text += " " + Describe(operation);
  return text;
}

}  // namespace ringcast::simulation
