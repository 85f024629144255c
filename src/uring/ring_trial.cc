#include "uring/ring_trial.h"

#include <liburing.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"
#include "uring/clock.h"
#include "uring/file_descriptor.h"
#include "uring/peer_address.h"
#include "uring/ring.h"
#include "uring/server_operations.h"

namespace ringcast {
namespace {

constexpr unsigned kEntries = 8;
constexpr unsigned kSlots = 8;
// What completes at once on an idle machine; this long only on one that hardly runs.
constexpr Millis kPatience{5'000};

struct SetupFlag {
  std::string_view feature;
  std::string_view since;
  unsigned flag;
};
// Each is asked for together with those before it, as some need one another.
constexpr std::array kSetupFlags = {
    SetupFlag{"set-up flag CQSIZE", "5.5", IORING_SETUP_CQSIZE},
    SetupFlag{"set-up flag CLAMP", "5.6", IORING_SETUP_CLAMP},
    SetupFlag{"set-up flag R_DISABLED", "5.10", IORING_SETUP_R_DISABLED},
    SetupFlag{"set-up flag SUBMIT_ALL", "5.18", IORING_SETUP_SUBMIT_ALL},
    SetupFlag{"set-up flag SINGLE_ISSUER", "6.0", IORING_SETUP_SINGLE_ISSUER},
    SetupFlag{"set-up flag DEFER_TASKRUN", "6.1", IORING_SETUP_DEFER_TASKRUN},
};

std::string Because(int error) { return std::strerror(error); }

// A ring as liburing has it, ended with the object.
class RawRing {
 public:
  explicit RawRing(unsigned flags) {
    io_uring_params params{};
    params.flags = flags;
    params.cq_entries = 2 * kEntries;
    error_ = -io_uring_queue_init_params(kEntries, &ring_, &params);
  }
  ~RawRing() {
    if (error_ == 0) io_uring_queue_exit(&ring_);
  }
  RawRing(const RawRing&) = delete;
  RawRing& operator=(const RawRing&) = delete;

  int error() const { return error_; }
  io_uring* get() { return &ring_; }

 private:
  io_uring ring_{};
  int error_ = 0;
};

// A listener and its clients without a network: an address that the kernel chooses in the abstract
// namespace (unix(7)).
Result<UniqueFd> Listen(sockaddr_un& address, socklen_t& length) {
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  address.sun_family = AF_UNIX;
  length = sizeof address;
  const auto* unnamed = reinterpret_cast<const sockaddr*>(&address);
  if (!listener.valid() || ::bind(listener.get(), unnamed, sizeof address.sun_family) != 0 ||
      ::listen(listener.get(), 8) != 0 ||
      ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return Error{"no listener for it: " + Because(errno)};
  }
  return listener;
}

// One connection through two rings, operation by operation.
class Passage {
 public:
  Passage(Ring& first, Ring& second, RingTrial& trial)
      : first_(first), second_(second), trial_(trial) {}

  void Run() {
    Result<UniqueFd> listener = Listen(address_, length_);
    if (!listener) {
      Judge("a connection through two rings", "6.1", listener.error().message);
      return;
    }
    const File listening = File::Descriptor(listener->get());
    if (Accept(listening) && PassOn() && Wake() && Poll() && Receive() && Send()) End(listening);
  }

 private:
  enum Tag : std::uint64_t {
    kAccept = 1,
    kAcceptOne,
    kPassed,
    kPassedOn,
    kWoken,
    kWake,
    kPoll,
    kReceive,
    kSend,
    kShutdown,
    kClose,
    kCancel
  };

  bool Judge(std::string_view feature, std::string_view since, std::string problem) {
    trial_.steps.push_back({feature, since, std::move(problem)});
    return trial_.steps.back().problem.empty();
  }

  bool Connect(UniqueFd& client) {
    client = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address_), length_) == 0;
  }

  // The completion with this tag; others are dropped. What went wrong is in `problem`.
  std::optional<Completion> Await(Ring& ring, std::uint64_t tag, std::string& problem) {
    const MonoTime until = MonotonicNow() + kPatience;
    while (MonotonicNow() < until) {
      ring.SubmitAndWait(1, Millis(50));
      // What was meant for the other ring goes there when its own thread enters it: this one.
      (&ring == &first_ ? second_ : first_).Submit(/*run_deferred=*/true);
      std::array<Completion, 1> one;
      while (ring.Reap(one) == 1) {
        if (one[0].tag != tag) continue;
        if (one[0].result < 0) {
          problem = Because(-one[0].result);
          return std::nullopt;
        }
        return one[0];
      }
    }
    problem = "nothing came of it in " + std::to_string(kPatience.count() / 1000) + " s";
    return std::nullopt;
  }

  bool Succeeds(Ring& ring, std::uint64_t tag, std::string_view feature, std::string_view since) {
    std::string problem;
    Await(ring, tag, problem);
    return Judge(feature, since, std::move(problem));
  }

  bool Accept(File listener) {
    constexpr std::string_view kFeature = "multishot accept into a direct descriptor";
    first_.AcceptDirect(listener, kAccept);
    first_.Submit();
    if (!Connect(client_)) return Judge(kFeature, "5.19", "no connection: " + Because(errno));
    std::string problem;
    const std::optional<Completion> accepted = Await(first_, kAccept, problem);
    if (accepted && !accepted->more()) problem = "it ends with its first connection";
    if (accepted) slot_ = static_cast<std::uint32_t>(accepted->result);
    return Judge(kFeature, "5.19", std::move(problem));
  }

  bool PassOn() {
    constexpr std::string_view kFeature = "MSG_RING that hands a connection to another ring";
    first_.PassOn(slot_, second_.handle(), kPassed, kPassedOn);
    first_.Submit();
    std::string problem;
    if (!Await(first_, kPassedOn, problem)) return Judge(kFeature, "6.0", std::move(problem));
    const std::optional<Completion> arrived = Await(second_, kPassed, problem);
    if (!arrived) return Judge(kFeature, "6.0", std::move(problem));
    first_.Close(File::Slot(slot_), kClose);
    file_ = File::Slot(static_cast<std::uint32_t>(arrived->result));
    return Judge(kFeature, "6.0", "") && Succeeds(first_, kClose, "close of a slot", "5.15");
  }

  bool Wake() {
    first_.Wake(second_.handle(), kWoken, kWake);
    first_.Submit();
    return Succeeds(second_, kWoken, "MSG_RING that wakes another ring", "5.18");
  }

  bool Poll() {
    second_.PollReadable(file_, kPoll);
    second_.Submit();
    if (::send(client_.get(), "x", 1, MSG_NOSIGNAL) != 1) {
      return Judge("poll of a slot", "5.1", "the connection is lost: " + Because(errno));
    }
    return Succeeds(second_, kPoll, "poll of a slot", "5.1");
  }

  bool Receive() {
    constexpr std::string_view kFeature = "receive into a provided buffer";
    second_.ReceiveProvided(file_, kReceive);
    std::string problem;
    const std::optional<Completion> received = Await(second_, kReceive, problem);
    if (received && (!received->has_buffer() || received->result != 1)) {
      problem = "the buffer does not hold what was sent";
    }
    if (received && received->has_buffer()) second_.RecycleBuffer(*received);
    return Judge(kFeature, "5.19", std::move(problem));
  }

  // It completes within Submit() and posts nothing: the event loops rest on both.
  bool Send() {
    constexpr std::string_view kFeature = "send that posts nothing when all went out";
    constexpr std::string_view kBytes = "y";
    second_.SendNow(file_, {kBytes.data(), kBytes.size()}, kSend);
    second_.Submit(/*run_deferred=*/true);
    char got = 0;
    std::string problem;
    if (::recv(client_.get(), &got, 1, MSG_DONTWAIT) != 1 || got != kBytes[0]) {
      problem = "it had sent nothing when it was submitted";
    }
    std::array<Completion, 4> come;
    if (const std::size_t count = second_.Reap(come); problem.empty() && count > 0) {
      problem = "it posted a completion";
    }
    return Judge(kFeature, "5.17", std::move(problem));
  }

  void End(File listener) {
    second_.Shutdown(file_, kShutdown);
    if (!Succeeds(second_, kShutdown, "shutdown of a slot", "5.11")) return;
    second_.Close(file_, kClose);
    if (!Succeeds(second_, kClose, "close of a slot that was handed over", "6.0")) return;
    first_.Cancel(kAccept, kCancel);
    if (!Succeeds(first_, kCancel, "cancel of an operation", "5.5")) return;
    std::string problem;
    PeerAddress peer;
    first_.AcceptOneDirect(listener, &peer, kAcceptOne);
    UniqueFd client;
    if (!Connect(client)) problem = "no connection: " + Because(errno);
    if (problem.empty()) Await(first_, kAcceptOne, problem);
    Judge("one-shot accept into a direct descriptor", "5.19", std::move(problem));
  }

  Ring& first_;
  Ring& second_;
  RingTrial& trial_;
  sockaddr_un address_{};
  socklen_t length_ = 0;
  UniqueFd client_;
  std::uint32_t slot_ = 0;
  File file_;
};

// False: nothing further can be tried.
bool TryFlags(RingTrial& trial) {
  unsigned flags = 0;
  for (const SetupFlag& wanted : kSetupFlags) {
    flags |= wanted.flag;
    RawRing ring(flags);
    trial.steps.push_back(
        {wanted.feature, wanted.since, ring.error() == 0 ? "" : Because(ring.error())});
    if (ring.error() != 0) return false;
  }
  return true;
}

// The other two system calls: a filter may forbid them and allow the set-up.
bool TryCalls(RawRing& ring, RingTrial& trial) {
  io_uring_prep_nop(io_uring_get_sqe(ring.get()));
  const int submitted = io_uring_submit(ring.get());
  trial.steps.push_back({"io_uring_enter", "5.1", submitted < 0 ? Because(-submitted) : ""});
  if (submitted < 0) return false;
  const std::unique_ptr<io_uring_probe, decltype(&io_uring_free_probe)> probe(
      io_uring_get_probe_ring(ring.get()), &io_uring_free_probe);
  trial.steps.push_back(
      {"io_uring_register", "5.1", probe ? "" : "the kernel does not tell its operations"});
  if (!probe) return false;
  for (const ServerOperation& operation : kServerOperations) {
    const bool there = io_uring_opcode_supported(probe.get(), operation.opcode) != 0;
    trial.steps.push_back({operation.name, operation.since, there ? "" : "no such operation"});
  }
  return true;
}

}  // namespace

RingTrial TryRing() {
  RingTrial trial;
  {
    RawRing plain(0);
    trial.setup_error = plain.error();
    if (plain.error() != 0 || !TryCalls(plain, trial) || !TryFlags(trial)) return trial;
  }
  const RingOptions options{.submission_entries = kEntries,
                            .completion_entries = 8 * kEntries,
                            .direct_slots = kSlots,
                            .server_only = true};
  Result<std::unique_ptr<Ring>> first = Ring::Create(options);
  Result<std::unique_ptr<Ring>> second = Ring::Create(options);
  trial.steps.push_back({"restricted ring with a table of direct descriptors", "5.19",
                         first && second ? "" : (first ? second : first).error().message});
  if (!first || !second) return trial;
  const Status buffers = (*second)->AddBuffers(kEntries, 64);
  trial.steps.push_back(
      {"ring of provided buffers", "5.19", buffers ? "" : buffers.error().message});
  if (buffers) Passage(**first, **second, trial).Run();
  return trial;
}

}  // namespace ringcast
