// What each operation of the simulated ring does, and when it completes.
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "simulation/simulated_ring.h"
#include "uring/tag.h"

namespace ringcast::simulation {
namespace {

// The flags of a completion, as the kernel's interface has them.
constexpr std::uint32_t kBufferFlag = 1u << 0;
constexpr std::uint32_t kMoreFlag = 1u << 1;
constexpr unsigned kBufferShift = 16;

constexpr std::string_view kHeartbeatBytes = "2\r\n:\n\r\n";

}  // namespace

const char* SimulatedRing::NameOf(Kind kind) {
  switch (kind) {
    case Kind::kAcceptMany:
    case Kind::kAcceptPlain:
    case Kind::kAcceptOne:
      return "accept";
    case Kind::kReceive:
    case Kind::kReceiveProvided:
      return "receive";
    case Kind::kSendNow:
    case Kind::kSendAll:
      return "send";
    case Kind::kPollReadable:
      return "poll-readable";
    case Kind::kPollWritable:
      return "poll-writable";
    case Kind::kShutdown:
      return "shutdown";
    case Kind::kShutdownWrite:
      return "shutdown-write";
    case Kind::kAbort:
      return "abort";
    case Kind::kClose:
      return "close";
    case Kind::kCancel:
      return "cancel";
    case Kind::kWake:
      return "wake";
    case Kind::kPassOn:
      return "pass-on";
  }
  return "?";
}

std::string SimulatedRing::Describe(const Operation& operation) const {
  return name_ + " " + NameOf(operation.kind) +
         (operation.file.direct ? " slot " : " descriptor ") +
         std::to_string(operation.file.number);
}

std::int32_t SimulatedRing::OneOf(std::initializer_list<int> errors) {
  return -*(errors.begin() + kernel_.rng().Below(errors.size()));
}

std::shared_ptr<Socket> SimulatedRing::SocketOf(File file) const {
  if (!file.direct) return kernel_.SocketOf(file.number);
  const auto found = slots_.find(static_cast<std::uint32_t>(file.number));
  return found == slots_.end() ? nullptr : found->second.socket;
}

void SimulatedRing::Issue(Operation operation) {
  if (stopping_) return;
  if (kernel_.verbose()) kernel_.Trace(Describe(operation));
  switch (operation.kind) {
    case Kind::kCancel:
      return DoCancel(operation);
    case Kind::kWake:
      return DoWake(operation);
    case Kind::kAcceptMany:
    case Kind::kAcceptPlain:
    case Kind::kAcceptOne:
      return Arm(std::move(operation));
    default:
      break;
  }
  operation.socket = SocketOf(operation.file);
  if (!operation.socket) {
    return kernel_.Violation(Describe(operation) + " names a file that is not open");
  }
  Check(operation);
  switch (operation.kind) {
    case Kind::kSendNow:
      return SendOnce(operation);
    case Kind::kClose:
      return FinishClose(operation);
    case Kind::kPassOn:
      return DoPassOn(operation);
    case Kind::kAbort:
      return Post(operation.tag, operation.socket->Abort());
    default:
      return Arm(std::move(operation));
  }
}

// What the loops promise about operations on one connection.
void SimulatedRing::Check(const Operation& operation) {
  auto clash = [&](const Operation& armed) {
    if (armed.socket != operation.socket || armed.file.direct != operation.file.direct)
      return false;
    auto reads = [](Kind kind) {
      return kind == Kind::kReceive || kind == Kind::kReceiveProvided ||
             kind == Kind::kPollReadable;
    };
    if (operation.kind == Kind::kClose) return true;
    if (reads(operation.kind)) return reads(armed.kind);
    return operation.kind == armed.kind &&
           (operation.kind == Kind::kPollWritable || operation.kind == Kind::kSendAll);
  };
  for (const auto& [id, armed] : armed_) {
    if (!clash(armed)) continue;
    return kernel_.Violation(Describe(operation) + " while " + NameOf(armed.kind) + " is armed");
  }
  if (!checks_generations_ || operation.kind == Kind::kSendNow) return;
  std::optional<std::uint32_t>& generation =
      slots_[static_cast<std::uint32_t>(operation.file.number)].generation;
  const std::uint32_t now = Tag::Unpack(operation.tag).generation;
  if (generation.value_or(now) != now) {
    kernel_.Violation(Describe(operation) + " carries a stale generation");
  }
  generation = now;
}

void SimulatedRing::SendOnce(const Operation& operation) {
  Saboteur& saboteur = kernel_.saboteur();
  std::string bytes;
  for (const auto& piece : operation.pieces) bytes.append(piece.data(), piece.size());
  if (kernel_.faults().Strikes(Fault::kSendError)) {
    return Post(operation.tag,
                OneOf({ENOMEM, ENOBUFS, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH}));
  }
  std::string_view offered = bytes;
  if (offered.size() > 1 && kernel_.faults().Strikes(Fault::kShortSend)) {
    offered = offered.substr(0, kernel_.rng().Below(offered.size()));
  }
  if (offered.size() > 20 && offered.size() < bytes.size() && saboteur.Makes(Mistake::kSkipBytes)) {
    bytes.erase(offered.size() / 2, 3);
    offered = std::string_view(bytes).substr(0, offered.size() - 3);
    operation.socket->Send(offered);
    return Post(operation.tag, static_cast<std::int32_t>(offered.size() + 3));
  }
  if (bytes.size() > 100 && saboteur.Makes(Mistake::kInsertHeartbeat)) {
    bytes.insert(bytes.size() / 2, kHeartbeatBytes);
    operation.socket->Send(bytes);
    return;
  }
  const std::int32_t result = offered.empty() ? -EAGAIN : operation.socket->Send(offered);
  if (result > 0) rounds_ = 0;
  if (result == static_cast<std::int32_t>(bytes.size())) {
    if (saboteur.Makes(Mistake::kRepeatSend)) operation.socket->Send(bytes);
    return;
  }
  if (saboteur.Makes(Mistake::kSwallowShortSend)) return;
  Post(operation.tag, result);
}

// Takes effect and completes at once: what is accepted into the slot next comes behind.
void SimulatedRing::FinishClose(const Operation& operation) {
  if (!operation.file.direct) {
    return kernel_.Violation(Describe(operation) + ": descriptors are closed without the ring");
  }
  if (kernel_.saboteur().Makes(Mistake::kSwallowClose)) return;
  const auto slot = static_cast<std::uint32_t>(operation.file.number);
  slots_.erase(slot);
  free_slots_.push_back(slot);
  operation.socket->DropReference();
  Post(operation.tag, 0);
}

void SimulatedRing::DoCancel(const Operation& operation) {
  const auto found = std::find_if(armed_.begin(), armed_.end(), [&](const auto& armed) {
    return armed.second.tag == operation.their_tag;
  });
  if (found == armed_.end()) return Post(operation.tag, -ENOENT);
  const bool running = kernel_.faults().Strikes(Fault::kCancelTooLate);
  Post(operation.tag, running ? -EALREADY : 0);
  if (!running) {
    Disarm(found->first);
    return PostLater(operation.their_tag, -ECANCELED);
  }
  // It is at work just now, and ends when it has done that.
  kernel_.After(Delay(), [this, id = found->first] {
    const auto still = armed_.find(id);
    if (still == armed_.end()) return;
    const std::uint64_t tag = still->second.tag;
    Disarm(id);
    PostLater(tag, -ECANCELED);
  });
}

void SimulatedRing::DoWake(const Operation& operation) {
  if (kernel_.faults().Strikes(Fault::kDoorbellLost)) {
    return Post(operation.tag, OneOf({EOVERFLOW, ENOMEM, EBADFD}));
  }
  SimulatedRing& other = kernel_.RingOf(operation.other);
  // Straight into their queue, as older kernels do, or as work for when they enter the kernel.
  if (kernel_.Chance(30)) {
    other.Post(operation.their_tag, 0);
  } else {
    other.PostLater(operation.their_tag, 0);
  }
}

void SimulatedRing::DoPassOn(const Operation& operation) {
  if (kernel_.faults().Strikes(Fault::kPassRefused)) {
    return PostLater(operation.tag, OneOf({EINVAL, ENOMEM, ENFILE}));
  }
  SimulatedRing& other = kernel_.RingOf(operation.other);
  const std::int32_t slot = other.TakeSlot(operation.socket);
  if (slot >= 0 && other.lost_slots_ == 0 && kernel_.faults().Strikes(Fault::kPassUntold)) {
    // No memory for the other's completion: its slot is filled, nobody knows which, and nobody will
    // ever close it. Once for each ring, or there would be no room for anybody.
    ++other.lost_slots_;
    operation.socket->LoseReference();
    return PostLater(operation.tag, -EOVERFLOW);
  }
  if (slot >= 0) other.PostLater(operation.their_tag, slot);
  const bool untrue = slot >= 0 && kernel_.saboteur().Makes(Mistake::kKeepPassedOn);
  PostLater(operation.tag, untrue ? -ENOMEM : std::min(slot, 0));
}

// Any free slot: a loop must not count on the order.
std::int32_t SimulatedRing::TakeSlot(const std::shared_ptr<Socket>& socket) {
  if (free_slots_.empty()) return -ENFILE;
  const std::size_t pick = kernel_.rng().Below(free_slots_.size());
  const std::uint32_t slot = free_slots_[pick];
  free_slots_[pick] = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot] = {socket, std::nullopt};
  socket->AddReference();
  if (kernel_.verbose()) {
    kernel_.Trace(name_ + " slot " + std::to_string(slot) + ": peer " +
                  std::to_string(socket->number()));
  }
  return static_cast<std::int32_t>(slot);
}

// It completes within the submission when it can, or waits; some that could are late all the same.
void SimulatedRing::Arm(Operation operation) {
  const bool by_a_worker =
      operation.kind == Kind::kShutdown || operation.kind == Kind::kShutdownWrite;
  if (!by_a_worker && kernel_.Chance(80)) {
    if (Try(operation) == Outcome::kComplete) return;
  }
  const std::uint64_t id = next_operation_++;
  if (operation.socket) operation.socket->Watch(*this, id);
  const bool accepts = !operation.socket;
  if (accepts) kernel_.ListenerOf(operation.file.number).watches.emplace_back(this, id);
  armed_.emplace(id, std::move(operation));
  Poke(id);
}

void SimulatedRing::Disarm(std::uint64_t id) {
  const Operation& operation = armed_.at(id);
  if (operation.socket) {
    operation.socket->Unwatch(*this, id);
  } else {
    std::erase(kernel_.ListenerOf(operation.file.number).watches,
               std::pair<SimulatedRing*, std::uint64_t>(this, id));
  }
  armed_.erase(id);
}

SimulatedRing::Outcome SimulatedRing::Try(Operation& operation) {
  switch (operation.kind) {
    case Kind::kAcceptMany:
    case Kind::kAcceptPlain:
    case Kind::kAcceptOne:
      return TryAccept(operation);
    case Kind::kReceive:
    case Kind::kReceiveProvided:
      return TryReceive(operation);
    case Kind::kSendAll:
      return TrySendAll(operation);
    case Kind::kPollReadable:
    case Kind::kPollWritable:
      return TryPoll(operation);
    case Kind::kShutdown:
    case Kind::kShutdownWrite: {
      std::int32_t result = operation.socket->Shutdown(operation.kind == Kind::kShutdown);
      if (kernel_.faults().Strikes(Fault::kShutdownError)) result = -ENOTCONN;
      Post(operation.tag, result);
      return Outcome::kComplete;
    }
    default:
      return Outcome::kComplete;
  }
}

SimulatedRing::Outcome SimulatedRing::TryAccept(Operation& operation) {
  Listener& listener = kernel_.ListenerOf(operation.file.number);
  const bool direct = operation.kind != Kind::kAcceptPlain;
  while (!listener.waiting.empty()) {
    if (kernel_.faults().Strikes(Fault::kAcceptError)) {
      Post(operation.tag, OneOf({EMFILE, ENOMEM, ENOBUFS, ECONNABORTED, EPROTO, EPERM}));
      return Outcome::kComplete;
    }
    const std::shared_ptr<Socket> socket = listener.waiting.front();
    listener.waiting.pop_front();
    if (operation.peer != nullptr && !kernel_.saboteur().Makes(Mistake::kStaleAddress)) {
      const sockaddr_in from{
          .sin_family = AF_INET, .sin_port = 0, .sin_addr = {socket->address()}, .sin_zero = {}};
      std::memcpy(operation.peer->storage(), &from, sizeof from);
      *operation.peer->length() = sizeof from;
    }
    std::int32_t result = -ENFILE;
    const bool full = kernel_.faults().Strikes(Fault::kTableFull);
    if (direct && !full) result = TakeSlot(socket);
    if (!direct && !full) result = kernel_.OpenDescriptor(socket);
    if (result < 0) {
      // The kernel closes what it has accepted and cannot keep.
      socket->AddReference();
      socket->DropReference();
      Post(operation.tag, result);
      return Outcome::kComplete;
    }
    // With the queue full a multishot ends.
    const bool goes_on = operation.kind != Kind::kAcceptOne &&
                         completions_.size() < completion_entries_ && overflowed_.empty();
    Post(operation.tag, result, goes_on ? kMoreFlag : 0);
    if (!goes_on) return Outcome::kComplete;
  }
  return Outcome::kNotYet;
}

SimulatedRing::Outcome SimulatedRing::TryReceive(Operation& operation) {
  const bool provided = operation.kind == Kind::kReceiveProvided;
  if (provided &&
      (free_buffers_.empty() || kernel_.saboteur().KeepsMaking(Mistake::kNoBufferEver) ||
       kernel_.faults().Strikes(Fault::kNoBuffer))) {
    Post(operation.tag, -ENOBUFS);
    return Outcome::kComplete;
  }
  if (!operation.socket->Readable()) return Outcome::kNotYet;
  if (kernel_.faults().Strikes(Fault::kReceiveError)) {
    Post(operation.tag, OneOf({ECONNRESET, ETIMEDOUT, ENOMEM, EHOSTUNREACH}));
    return Outcome::kComplete;
  }
  if (!provided) {
    Post(operation.tag, operation.socket->Receive(operation.into.data(), operation.into.size()));
    return Outcome::kComplete;
  }
  const std::uint16_t buffer = free_buffers_.back();
  std::string& bytes = buffers_[buffer];
  const std::int32_t result = operation.socket->Receive(bytes.data(), bytes.size());
  if (result <= 0) {
    Post(operation.tag, result);
    return Outcome::kComplete;
  }
  free_buffers_.pop_back();
  Post(operation.tag, result, kBufferFlag | std::uint32_t{buffer} << kBufferShift);
  return Outcome::kComplete;
}

SimulatedRing::Outcome SimulatedRing::TrySendAll(Operation& operation) {
  const std::span<const char> bytes = operation.pieces.front();
  while (operation.done < bytes.size()) {
    const std::int32_t result =
        operation.socket->Send({bytes.data() + operation.done, bytes.size() - operation.done});
    if (result == -EAGAIN) return Outcome::kNotYet;
    if (result < 0) {
      // What went out before counts for more than the error.
      Post(operation.tag, operation.done > 0 ? static_cast<std::int32_t>(operation.done) : result);
      return Outcome::kComplete;
    }
    operation.done += static_cast<std::size_t>(result);
  }
  Post(operation.tag, static_cast<std::int32_t>(operation.done));
  return Outcome::kComplete;
}

SimulatedRing::Outcome SimulatedRing::TryPoll(Operation& operation) {
  constexpr std::int32_t kSomeEvents = 1;
  if (kernel_.faults().Strikes(Fault::kPollError)) {
    Post(operation.tag, OneOf({ENOMEM, ECANCELED}));
    return Outcome::kComplete;
  }
  const bool readable = operation.kind == Kind::kPollReadable;
  const Socket& socket = *operation.socket;
  if (readable ? !socket.Readable() : !socket.Writable()) return Outcome::kNotYet;
  if (readable && kernel_.saboteur().Makes(Mistake::kSwallowEndOfPoll)) return Outcome::kComplete;
  if (readable && kernel_.saboteur().Makes(Mistake::kDuplicateReadable)) {
    Post(operation.tag, kSomeEvents);
  }
  Post(operation.tag, kSomeEvents);
  return Outcome::kComplete;
}

}  // namespace ringcast::simulation
