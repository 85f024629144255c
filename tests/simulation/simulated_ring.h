// A ring without a kernel: the methods of uring/ring.h over simulated sockets and a simulated
// clock. The event loops are templates over their ring; on this one they meet, by the seed,
// everything that the kernel may do to them: operations that complete at once, late or in another
// order than they were made, short sends, every errno, multishots that end, a completion queue that
// overflows, a submission that is taken in part, doorbells that get lost.
//
// What it holds the loops to: operations name open files only; a slot is closed when nothing is
// armed on it; all operations of one connection carry one generation; no two receives, polls for
// input or polls for room are armed on a socket at once, nor a receive beside a poll for input;
// provided buffers come back once; a loop that nothing gets on for sleeps.
//
// Threads: one; a loop calls it on its fiber.
// Invariants: like the real one, a *Now send is done when Submit() returns, and tells when it did
// not take everything; every other operation completes exactly once (multishots: once without
// MORE).
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulation/fiber.h"
#include "simulation/kernel.h"
#include "simulation/socket.h"
#include "uring/listener.h"
#include "uring/peer_address.h"
#include "uring/ring.h"

namespace ringcast::simulation {

struct SimulatedRingOptions {
  std::size_t submission_entries = 1024;
  std::size_t completion_entries = 8192;
  std::uint32_t direct_slots = 0;
  std::uint16_t buffers = 0;
  std::uint32_t buffer_bytes = 0;
  bool checks_generations = false;  // the tags' of operations on direct slots
  std::string name = {};            // in messages
};

class SimulatedRing {
 public:
  SimulatedRing(Kernel& kernel, const SimulatedRingOptions& options);
  SimulatedRing(const SimulatedRing&) = delete;
  SimulatedRing& operator=(const SimulatedRing&) = delete;

  // ---- What the loops use; see uring/ring.h ----
  RingHandle handle() const { return handle_; }
  void AcceptDirect(File listener, std::uint64_t tag);
  void AcceptPlain(File listener, std::uint64_t tag);
  void AcceptOneDirect(File listener, PeerAddress* peer, std::uint64_t tag);
  void Receive(File file, std::span<char> into, std::uint64_t tag);
  void ReceiveProvided(File file, std::uint64_t tag);
  void SendNow(File file, std::span<const char> bytes, std::uint64_t tag);
  void SendMessageNow(File file, const msghdr* message, std::uint64_t tag);
  void SendAll(File file, std::span<const char> bytes, std::uint64_t tag);
  void PollReadable(File file, std::uint64_t tag);
  void PollWritable(File file, std::uint64_t tag);
  void Shutdown(File file, std::uint64_t tag);
  void ShutdownWrite(File file, std::uint64_t tag);
  void Abort(File file, std::uint64_t tag);
  void Close(File file, std::uint64_t tag);
  void Cancel(std::uint64_t tag_to_cancel, std::uint64_t tag);
  void Wake(RingHandle other, std::uint64_t their_tag, std::uint64_t our_tag);
  void PassOn(std::uint32_t slot, RingHandle other, std::uint64_t their_tag, std::uint64_t our_tag);
  std::span<const char> BufferBytes(const Completion& completion) const;
  void RecycleBuffer(const Completion& completion);
  Result<PeerCredentials> Credentials(File file) const;
  IpAddress AddressOf(File file) const;
  void UseLowestSlots() {}  // slots are given out in any order here, which is the harder case
  void CloseNow(File file) { kernel_.CloseDescriptor(file.number); }
  void Submit(bool run_deferred = false);
  void SubmitAndWait(unsigned at_least, Nanos at_most);
  std::size_t Reap(std::span<Completion> out);
  MonoTime Now() const { return kernel_.Now(); }
  UnixMillis WallNow() const { return kernel_.WallNow(); }
  std::uint64_t overflows() const { return overflows_; }

  // ---- What the simulation says ----
  // The fiber that the loop runs on, which yields while the loop waits.
  void RunOn(Fiber& fiber) { fiber_ = &fiber; }
  bool waiting() const { return waiting_; }
  // Whether the loop has something to run for, and when at the latest it will.
  bool Due() const;
  MonoTime wake_at() const { return wake_at_; }
  // The loop is about to be ended: nothing waits any more.
  void StopWaiting() { stopping_ = true; }
  // Something has changed for an armed operation.
  void Poke(std::uint64_t operation);

  // ---- For the oracles ----
  // Without those that were filled and nobody told.
  std::size_t slots_in_use() const {
    return direct_slots_ - free_slots_.size() - static_cast<std::size_t>(lost_slots_);
  }
  std::size_t armed() const { return armed_.size(); }
  std::size_t buffers_out() const { return buffers_.size() - free_buffers_.size(); }
  const std::string& name() const { return name_; }
  std::string DescribeArmed() const;

 private:
  enum class Kind : std::uint8_t {
    kAcceptMany,
    kAcceptPlain,
    kAcceptOne,
    kReceive,
    kReceiveProvided,
    kSendNow,
    kSendAll,
    kPollReadable,
    kPollWritable,
    kShutdown,
    kShutdownWrite,
    kAbort,
    kClose,
    kCancel,
    kWake,
    kPassOn,
  };
  struct Operation {
    Kind kind = Kind::kClose;
    File file = {};
    std::uint64_t tag = 0;
    std::span<char> into = {};
    std::vector<std::span<const char>> pieces = {};  // in the loop's memory, read when it is issued
    PeerAddress* peer = nullptr;                     // where an accept writes whose it is
    RingHandle other = {};
    std::uint64_t their_tag = 0;  // kCancel: of what is to be cancelled
    // Once it is issued.
    std::shared_ptr<Socket> socket = nullptr;
    std::size_t done = 0;
    bool poked = false;
  };
  struct Slot {
    std::shared_ptr<Socket> socket;
    std::optional<std::uint32_t> generation;  // of all operations since it was filled
  };
  enum class Outcome : std::uint8_t { kNotYet, kGoesOn, kComplete };

  // --- simulated_ring.cc: queues and waiting
  void Prepare(Operation operation);
  void Enter(bool run_deferred, bool may_be_cut);
  void RunTaskWork(std::size_t most);
  void Post(std::uint64_t tag, std::int32_t result, std::uint32_t flags = 0);
  void NoteRound();
  void PostLater(std::uint64_t tag, std::int32_t result);
  void FlushOverflow();
  Nanos Delay();
  void Preempt();

  // --- ring_operations.cc: what each does
  static const char* NameOf(Kind kind);
  void Issue(Operation operation);
  void Check(const Operation& operation);
  void SendOnce(const Operation& operation);
  void FinishClose(const Operation& operation);
  void DoCancel(const Operation& operation);
  void DoWake(const Operation& operation);
  void DoPassOn(const Operation& operation);
  void Arm(Operation operation);
  void Disarm(std::uint64_t id);
  Outcome Try(Operation& operation);
  Outcome TryAccept(Operation& operation);
  Outcome TryReceive(Operation& operation);
  Outcome TrySendAll(Operation& operation);
  Outcome TryPoll(Operation& operation);
  std::int32_t TakeSlot(const std::shared_ptr<Socket>& socket);
  std::shared_ptr<Socket> SocketOf(File file) const;
  std::string Describe(const Operation& operation) const;
  std::int32_t OneOf(std::initializer_list<int> errors);

  Kernel& kernel_;
  const RingHandle handle_;
  const std::string name_;
  const std::size_t submission_entries_;
  const std::size_t completion_entries_;
  const std::uint32_t direct_slots_;
  const bool checks_generations_;
  Fiber* fiber_ = nullptr;

  std::deque<Operation> submissions_;
  std::map<std::uint64_t, Operation> armed_;
  std::uint64_t next_operation_ = 0;
  // Completed work that waits for the loop to enter the kernel: an armed operation to look at
  // again, or a completion that is ready.
  struct TaskWork {
    std::optional<std::uint64_t> operation;
    Completion completion;
  };
  std::deque<TaskWork> task_work_;
  std::deque<Completion> completions_;
  std::deque<Completion> overflowed_;
  std::uint64_t overflows_ = 0;

  std::map<std::uint32_t, Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::string> buffers_;
  std::vector<std::uint16_t> free_buffers_;

  // Times the loop has come for completions since something got on or it slept.
  unsigned rounds_ = 0;
  std::uint32_t lost_slots_ = 0;
  bool waiting_ = false;
  bool stopping_ = false;
  std::size_t wanted_ = 0;
  MonoTime wake_at_;
};

}  // namespace ringcast::simulation
