#include "uring/connection_trial.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "uring/clock.h"
#include "uring/file_descriptor.h"
#include "uring/peer_address.h"

namespace ringcast {
namespace {

// What completes at once on an idle machine; this long only on one that hardly runs.
constexpr Millis kPatience{5'000};

std::string Because(int error) { return std::strerror(error); }

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

}  // namespace

void TryConnection(Ring& first, Ring& second, RingTrial& trial) {
  Passage(first, second, trial).Run();
}

}  // namespace ringcast
