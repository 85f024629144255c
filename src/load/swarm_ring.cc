#include "load/swarm_ring.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "load/narrow_socket.h"
#include "uring/tag.h"

namespace ringcast {
namespace {

// Completions handled in one go; after each batch the clock is read again.
constexpr std::size_t kBatch = 256;

// Bytes, for those that stop to read: so few that their sockets are full soon.
constexpr int kSlowReceiveBuffer = 4 * 1024;

std::uint64_t NanosOf(MonoTime now) {
  return static_cast<std::uint64_t>(now.time_since_epoch().count());
}
std::uint32_t Microseconds(std::uint64_t since_ns, std::uint64_t now_ns) {
  return static_cast<std::uint32_t>((now_ns - since_ns) / 1000);
}

}  // namespace

bool IsSlow(std::uint64_t index, double slow_share) {
  return CountSlow(index + 1, slow_share) > CountSlow(index, slow_share);
}

std::uint64_t CountSlow(std::uint64_t count, double slow_share) {
  return static_cast<std::uint64_t>(static_cast<double>(count) * slow_share);
}

Result<std::unique_ptr<SwarmRing>> SwarmRing::Create(const SwarmRingOptions& options,
                                                     const SwarmBehaviour& behaviour,
                                                     const Target& target, Tally& tally,
                                                     Tally& slow_tally) {
  Result<std::unique_ptr<Ring>> ring =
      Ring::Create({.submission_entries = 1024,
                    .completion_entries = 16 * 1024,
                    .direct_slots = std::max(options.subscribers, 1u)});
  if (!ring) return ring.error();
  const Status buffers = (*ring)->AddBuffers(options.buffers, options.buffer_bytes);
  if (!buffers) return buffers.error();
  return std::unique_ptr<SwarmRing>(
      new SwarmRing(options, behaviour, target, tally, slow_tally, std::move(*ring)));
}

SwarmRing::SwarmRing(const SwarmRingOptions& options, const SwarmBehaviour& behaviour,
                     const Target& target, Tally& tally, Tally& slow_tally,
                     std::unique_ptr<Ring> ring)
    : options_(options),
      behaviour_(behaviour),
      target_(target),
      tally_(tally),
      slow_tally_(slow_tally),
      ring_(std::move(ring)),
      subscribers_(std::make_unique<Subscriber[]>(options.subscribers)),
      started_us_(std::make_unique<std::uint32_t[]>(options.subscribers)),
      open_(options.subscribers, false),
      leaving_(options.subscribers, false),
      again_(options.subscribers, false) {
  if (behaviour.first_due == 0) return;
  for (std::uint32_t i = 0; i < options.subscribers; ++i) {
    subscribers_[i].sequence().StartAt(behaviour.first_due);
  }
}

std::size_t SwarmRing::Turn(unsigned at_least, Nanos at_most) {
  if (connecting()) {
    const MonoTime now = ring_->Now();
    if (churn_rate_ > 0) ReplaceDue(now);
    StartConnections(now);
  }
  ring_->SubmitAndWait(at_least, at_most);
  requests_.clear();
  mark_ = behaviour_.mark != nullptr ? behaviour_.mark->Get() : 0;
  std::array<Completion, kBatch> completions;
  std::size_t total = 0;
  while (const std::size_t count = ring_->Reap(completions)) {
    const std::uint64_t now_ns = NanosOf(ring_->Now());
    for (std::size_t i = 0; i < count; ++i) Handle(completions[i], now_ns);
    total += count;
    if (count < completions.size()) break;
  }
  return total;
}

void SwarmRing::StartConnections(MonoTime now) {
  if (start_ == MonoTime{}) start_ = now;
  std::uint64_t due = options_.subscribers;
  if (options_.connect_rate > 0) {
    const double seconds = std::chrono::duration<double>(now - start_).count();
    due = std::min<std::uint64_t>(due,
                                  static_cast<std::uint64_t>(seconds * options_.connect_rate) + 1);
  }
  for (; started_ < due && connecting_ < options_.max_connecting; ++started_) Open(started_, now);
  while (!waiting_.empty() && connecting_ < options_.max_connecting) {
    if (!StartAgain(waiting_.back(), now)) break;
    waiting_.pop_back();
  }
}

// False: the id after which it resumes has not been learnt yet.
bool SwarmRing::StartAgain(std::uint32_t index, MonoTime now) {
  Subscriber& subscriber = subscribers_[index];
  const std::uint64_t due = subscriber.sequence().due();
  const bool resumes = behaviour_.ids != nullptr && due > 1;
  if (resumes && behaviour_.ids->Find(due - 1).empty()) return false;
  subscriber.StartAgain(resumes);
  again_[index] = true;
  Open(index, now);
  return true;
}

void SwarmRing::Open(std::uint32_t index, MonoTime now) {
  started_us_[index] = Microseconds(NanosOf(start_), NanosOf(now));
  ++connecting_;
  TallyOf(index).started.Add();
  if (!IsSlow(index)) {
    ring_->OpenTcp(index, Tag{static_cast<std::uint8_t>(Operation::kOpen), 0, index}.Pack());
    return;
  }
  if (!OpenNarrowSocket(*ring_, index, kSlowReceiveBuffer)) return Fail(index, ENFILE);
  Connect(index);
}

void SwarmRing::SetChurn(double rate) {
  churn_rate_ = rate;
  churn_start_ = ring_->Now();
  churned_ = 0;
}

void SwarmRing::ReplaceDue(MonoTime now) {
  const double seconds = std::chrono::duration<double>(now - churn_start_).count();
  const auto due = static_cast<std::uint64_t>(seconds * churn_rate_);
  // One that is not live yet is passed over: it is being replaced already.
  for (std::uint32_t passed = 0; churned_ < due && passed < options_.subscribers; ++passed) {
    const std::uint32_t index = churn_next_;
    churn_next_ = (churn_next_ + 1) % options_.subscribers;
    if (subscribers_[index].phase() != Subscriber::Phase::kLive) continue;
    Leave(index);
    ++churned_;
  }
}

void SwarmRing::ResetAndReconnect() {
  for (std::uint32_t i = 0; i < options_.subscribers; ++i) {
    if (subscribers_[i].phase() == Subscriber::Phase::kLive) Leave(i);
  }
}

// The armed receive ends with an error, and then the slot is closed.
void SwarmRing::Leave(std::uint32_t index) {
  subscribers_[index].Leave(TallyOf(index));
  leaving_[index] = true;
  ring_->Abort(File::Slot(index),
               Tag{static_cast<std::uint8_t>(Operation::kReset), 0, index}.Pack());
}

void SwarmRing::ReadOn() {
  if (std::exchange(reading_on_, true)) return;
  for (std::uint32_t i = 0; i < options_.subscribers; ++i) {
    if (IsSlow(i) && subscribers_[i].phase() == Subscriber::Phase::kLive) Receive(i);
  }
}

void SwarmRing::Handle(const Completion& completion, std::uint64_t now_ns) {
  const Tag tag = Tag::Unpack(completion.tag);
  switch (static_cast<Operation>(tag.operation)) {
    case Operation::kOpen:
      if (completion.result < 0) return Fail(tag.index, -completion.result);
      return Connect(tag.index);
    case Operation::kConnect:
      if (completion.result < 0) return Fail(tag.index, -completion.result);
      return SendRequest(tag.index);
    case Operation::kRequest:  // a fresh socket takes it whole: the receive tells what happened
    case Operation::kReset:
      return;
    case Operation::kReceive:
      return TakeReceived(completion, tag.index, now_ns);
    case Operation::kClose:
      open_[tag.index] = false;
      if (leaving_[tag.index]) waiting_.push_back(tag.index);
      leaving_[tag.index] = false;
      return;
  }
}

void SwarmRing::Connect(std::uint32_t index) {
  open_[index] = true;
  const auto address = (options_.first + index) % target_.addresses.size();
  ring_->Connect(File::Slot(index), &target_.addresses[address],
                 Tag{static_cast<std::uint8_t>(Operation::kConnect), 0, index}.Pack());
}

void SwarmRing::SendRequest(std::uint32_t index) {
  const std::uint64_t due = subscribers_[index].sequence().due();
  const bool resumes = behaviour_.ids != nullptr && again_[index] && due > 1;
  const std::string* request = &target_.request;
  if (resumes) {
    request =
        &requests_.emplace_back(RequestHead(target_, target_.path, behaviour_.ids->Find(due - 1)));
  } else if (!behaviour_.resume_id.empty()) {
    request = &requests_.emplace_back(RequestHead(target_, target_.path, behaviour_.resume_id));
  } else if (behaviour_.path != nullptr) {
    const auto channel = static_cast<std::uint32_t>((options_.first + index) % behaviour_.channels);
    request = &requests_.emplace_back(RequestHead(target_, behaviour_.path->Path(channel), {}));
  }
  ring_->SendNow(File::Slot(index), *request,
                 Tag{static_cast<std::uint8_t>(Operation::kRequest), 0, index}.Pack());
  Receive(index);
}

void SwarmRing::Receive(std::uint32_t index) {
  const std::uint64_t tag = Tag{static_cast<std::uint8_t>(Operation::kReceive), 0, index}.Pack();
  if (IsSlow(index) && !reading_on_) {
    ring_->ReceiveProvided(File::Slot(index), tag);
  } else {
    ring_->ReceiveMany(File::Slot(index), tag);
  }
}

void SwarmRing::TakeReceived(const Completion& completion, std::uint32_t index,
                             std::uint64_t now_ns) {
  Subscriber& subscriber = subscribers_[index];
  const bool was_waiting = subscriber.phase() == Subscriber::Phase::kHead;
  if (completion.result > 0) {
    TakeBytes(completion, index, now_ns);
  } else if (completion.result != -ENOBUFS) {
    subscriber.End(-completion.result, TallyOf(index));
  }
  if (was_waiting && subscriber.phase() != Subscriber::Phase::kHead) --connecting_;
  if (completion.more()) return;
  if (subscriber.phase() == Subscriber::Phase::kOver) return Close(index);
  const bool stops = subscriber.phase() == Subscriber::Phase::kLive && !reading_on_;
  if (!stops || !IsSlow(index)) Receive(index);
}

void SwarmRing::TakeBytes(const Completion& completion, std::uint32_t index, std::uint64_t now_ns) {
  Subscriber& subscriber = subscribers_[index];
  Tally& tally = TallyOf(index);
  if (subscriber.silent()) {
    const std::uint32_t took_us = Microseconds(NanosOf(start_), now_ns) - started_us_[index];
    (again_[index] ? tally.reconnect_ns : tally.connect_ns).Record(std::uint64_t{took_us} * 1000);
  }
  ExpectedEvents expected{.payload_bytes = behaviour_.payload_bytes, .mark = mark_};
  if (behaviour_.path != nullptr) {
    expected.channel = static_cast<std::uint32_t>((options_.first + index) % behaviour_.channels);
  }
  const std::span<const char> bytes = ring_->BufferBytes(completion);
  if (subscriber.phase() != Subscriber::Phase::kOver &&
      !subscriber.Take({bytes.data(), bytes.size()}, now_ns, expected, tally)) {
    // Ends the receive, unless that has just ended.
    if (completion.more()) {
      ring_->Shutdown(File::Slot(index),
                      Tag{static_cast<std::uint8_t>(Operation::kReset), 0, index}.Pack());
    }
  }
  ring_->RecycleBuffer(completion);
}

void SwarmRing::Fail(std::uint32_t index, int error) {
  --connecting_;
  subscribers_[index].End(error, TallyOf(index));
  if (open_[index]) Close(index);
}

void SwarmRing::Close(std::uint32_t index) {
  ring_->Close(File::Slot(index),
               Tag{static_cast<std::uint8_t>(Operation::kClose), 0, index}.Pack());
}

void SwarmRing::ResetAll() {
  for (std::uint32_t i = 0; i < options_.subscribers; ++i) {
    if (!open_[i]) continue;
    ring_->Abort(File::Slot(i), Tag{static_cast<std::uint8_t>(Operation::kReset), 0, i}.Pack());
  }
  ring_->Submit();
}

}  // namespace ringcast
