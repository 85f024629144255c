#include "load/swarm_ring.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "uring/tag.h"

namespace ringcast {
namespace {

// Completions handled in one go; after each batch the clock is read again.
constexpr std::size_t kBatch = 256;

// Buffers of a ring. A quiet stream brings one event in each; a fast one as much as its socket
// holds. The memory is touched only as far as bytes come in.
constexpr std::uint32_t kSmallBuffers = 1024;
constexpr std::uint32_t kSmallBufferBytes = 4 * 1024;
constexpr std::uint32_t kLargeBuffers = 128;
constexpr std::uint32_t kLargeBufferBytes = 64 * 1024;

std::uint64_t NanosOf(MonoTime now) {
  return static_cast<std::uint64_t>(now.time_since_epoch().count());
}

}  // namespace

Result<std::unique_ptr<SwarmRing>> SwarmRing::Create(const SwarmRingOptions& options,
                                                     const Target& target, Tally& tally) {
  Result<std::unique_ptr<Ring>> ring =
      Ring::Create({.submission_entries = 1024,
                    .completion_entries = 16 * 1024,
                    .direct_slots = std::max(options.subscribers, 1u)});
  if (!ring) return ring.error();
  const Status buffers = options.large_receives
                             ? (*ring)->AddBuffers(kLargeBuffers, kLargeBufferBytes)
                             : (*ring)->AddBuffers(kSmallBuffers, kSmallBufferBytes);
  if (!buffers) return buffers.error();
  return std::unique_ptr<SwarmRing>(new SwarmRing(options, target, tally, std::move(*ring)));
}

SwarmRing::SwarmRing(const SwarmRingOptions& options, const Target& target, Tally& tally,
                     std::unique_ptr<Ring> ring)
    : options_(options),
      target_(target),
      tally_(tally),
      ring_(std::move(ring)),
      subscribers_(std::make_unique<Subscriber[]>(options.subscribers)),
      open_(options.subscribers, false) {}

std::size_t SwarmRing::Turn(unsigned at_least, Nanos at_most) {
  if (connecting()) StartConnections(ring_->Now());
  ring_->SubmitAndWait(at_least, at_most);
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
  for (; started_ < due && connecting_ < options_.max_connecting; ++started_, ++connecting_) {
    ring_->OpenTcp(started_, Tag{static_cast<std::uint8_t>(Operation::kOpen), 0, started_}.Pack());
    tally_.started.Add();
  }
}

void SwarmRing::Handle(const Completion& completion, std::uint64_t now_ns) {
  const Tag tag = Tag::Unpack(completion.tag);
  const File file = File::Slot(tag.index);
  const auto next = [&tag](Operation operation) {
    return Tag{static_cast<std::uint8_t>(operation), 0, tag.index}.Pack();
  };
  switch (static_cast<Operation>(tag.operation)) {
    case Operation::kOpen:
      if (completion.result < 0) return Fail(tag.index, -completion.result);
      open_[tag.index] = true;
      ring_->Connect(
          file, &target_.addresses[(options_.first_address + tag.index) % target_.addresses.size()],
          next(Operation::kConnect));
      return;
    case Operation::kConnect:
      if (completion.result < 0) return Fail(tag.index, -completion.result);
      ring_->SendNow(file, target_.request, next(Operation::kRequest));
      ring_->ReceiveMany(file, next(Operation::kReceive));
      return;
    case Operation::kRequest:  // a fresh socket takes it whole: the receive tells what happened
    case Operation::kReset:
      return;
    case Operation::kReceive:
      return TakeReceived(completion, tag.index, now_ns);
    case Operation::kClose:
      open_[tag.index] = false;
      return;
  }
}

void SwarmRing::TakeReceived(const Completion& completion, std::uint32_t index,
                             std::uint64_t now_ns) {
  Subscriber& subscriber = subscribers_[index];
  const bool was_waiting = subscriber.phase() == Subscriber::Phase::kHead;
  if (completion.result > 0) {
    const std::span<const char> bytes = ring_->BufferBytes(completion);
    if (subscriber.phase() != Subscriber::Phase::kOver &&
        !subscriber.Take({bytes.data(), bytes.size()}, now_ns, options_.payload_bytes, tally_)) {
      // Ends the receive, unless that has just ended.
      if (completion.more()) {
        ring_->Shutdown(File::Slot(index),
                        Tag{static_cast<std::uint8_t>(Operation::kReset), 0, index}.Pack());
      }
    }
    ring_->RecycleBuffer(completion);
  } else if (completion.result != -ENOBUFS) {
    subscriber.End(-completion.result, tally_);
  }
  if (was_waiting && subscriber.phase() != Subscriber::Phase::kHead) --connecting_;
  if (completion.more()) return;
  if (subscriber.phase() == Subscriber::Phase::kOver) return Close(index);
  ring_->ReceiveMany(File::Slot(index),
                     Tag{static_cast<std::uint8_t>(Operation::kReceive), 0, index}.Pack());
}

void SwarmRing::Fail(std::uint32_t index, int error) {
  --connecting_;
  subscribers_[index].End(error, tally_);
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
