// One io_uring, owned by one thread: SINGLE_ISSUER with DEFER_TASKRUN, a sparse table of direct
// descriptors, and one method for each operation that Ringcast uses. Event loops are templates over
// their ring; this is the real one.
//
// A send never waits inside the ring: SendNow and SendMessageNow complete within Submit() and post
// a completion only if they did not send everything (its result is then the partial count or
// -EAGAIN). So when Submit() returns, the bytes they were given are not needed any more.
//
// Threads: everything but `handle()` on the thread that called Create().
// Invariants: preparing an operation never fails; a full submission queue is submitted first.
// Every prepared operation except *Now sends posts at least one completion.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "base/ip_address.h"
#include "base/result.h"
#include "base/time.h"
#include "uring/file_descriptor.h"

struct io_uring;
struct io_uring_sqe;
struct msghdr;
struct sockaddr_in;

namespace ringcast {

struct Completion {
  std::uint64_t tag = 0;
  std::int32_t result = 0;  // >= 0, or -errno
  std::uint32_t flags = 0;  // use more() and buffer()
  bool more() const;        // a multishot operation goes on
  bool has_buffer() const;  // a provided buffer was used
  std::uint16_t buffer() const;
};

struct RingOptions {
  unsigned submission_entries = 1024;  // at most 32768
  unsigned completion_entries = 8192;  // at most 65536
  unsigned direct_slots = 0;           // at most the soft RLIMIT_NOFILE
  // The kernel refuses every operation that a server does not need: it sees what a seccomp filter
  // cannot, which is what happens within a ring. OpenTcp() and Install() are then refused.
  bool server_only = false;
};

class BufferRing;
class PeerAddress;
struct PeerCredentials;

// Names another ring, for Wake and PassOn.
struct RingHandle {
  int descriptor = -1;
};

class Ring {
 public:
  // Errors name the kernel setting that refused (io_uring_disabled, seccomp, limits).
  static Result<std::unique_ptr<Ring>> Create(const RingOptions& options);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  RingHandle handle() const;

  // Accepts until it is stopped. The result of each completion is the new direct slot, or, for the
  // plain form, the new descriptor. -ENFILE means that the table was full: that client is gone.
  void AcceptDirect(File listener, std::uint64_t tag);
  void AcceptPlain(File listener, std::uint64_t tag);
  // Accepts one connection into a direct slot. With a `peer`, which must stay until then, it tells
  // where that comes from; may be null.
  void AcceptOneDirect(File listener, PeerAddress* peer, std::uint64_t tag);

  // One receive into the buffer given, or into one of the ring's provided buffers.
  void Receive(File file, std::span<char> into, std::uint64_t tag);
  void ReceiveProvided(File file, std::uint64_t tag);
  // Receives into provided buffers, a completion each, until the peer ends (result 0), an error, or
  // no buffer was left (-ENOBUFS: arm it again). Linux 6.0.
  void ReceiveMany(File file, std::uint64_t tag);

  // The client's side. Creates an IPv4 stream socket in the direct slot given, which must be free,
  // and connects it; `address` must stay until the completion.
  void OpenTcp(std::uint32_t slot, std::uint64_t tag);
  void Connect(File file, const sockaddr_in* address, std::uint64_t tag);
  // Puts a descriptor into a direct slot, which must be free; the caller's own is still to be
  // closed. At once, with a system call: for sockets that need options which OpenTcp() cannot set.
  // Errors: no such slot, no memory.
  Status Install(std::uint32_t slot, int descriptor);

  // The direct slots given out from now on are the lowest free ones, until one is given back: the
  // kernel then goes on from there. At once, with a system call. REQUIRES: a table of slots.
  void UseLowestSlots();

  // Who is at the other end of a UNIX connection, and the end of an ordinary descriptor: at once,
  // with a system call. Here, and not beside the ring, so that a simulated ring has its own.
  Result<PeerCredentials> Credentials(File file) const;
  // Where a TCP connection comes from, in the same way; not valid() when the peer has gone.
  IpAddress AddressOf(File file) const;
  void CloseNow(File file);

  // See above: no completion when everything was sent.
  void SendNow(File file, std::span<const char> bytes, std::uint64_t tag);
  void SendMessageNow(File file, const msghdr* message, std::uint64_t tag);
  // Waits inside the kernel until everything is sent; always one completion. The bytes must stay.
  void SendAll(File file, std::span<const char> bytes, std::uint64_t tag);

  // One-shot polls: something to read or the peer has gone; room to write or the peer has gone.
  void PollReadable(File file, std::uint64_t tag);
  void PollWritable(File file, std::uint64_t tag);

  void Shutdown(File file, std::uint64_t tag);       // both directions: ends armed operations
  void ShutdownWrite(File file, std::uint64_t tag);  // FIN after what is queued
  // Drops what is queued and tells the peer so (RST): connect to AF_UNSPEC, tcp_disconnect().
  void Abort(File file, std::uint64_t tag);
  void Close(File file, std::uint64_t tag);
  void Cancel(std::uint64_t tag_to_cancel, std::uint64_t tag);

  // Posts a completion with `their_tag` to another ring (IORING_OP_MSG_RING), the doorbell. Our own
  // completion (`our_tag`) comes only when that failed.
  void Wake(RingHandle other, std::uint64_t their_tag, std::uint64_t our_tag);
  // Hands a direct descriptor to another ring; its completion there carries `their_tag` and the new
  // slot. Ours tells success or the error; the slot here stays open until Close.
  void PassOn(std::uint32_t slot, RingHandle other, std::uint64_t their_tag, std::uint64_t our_tag);

  // Provided buffers for ReceiveProvided: `count` (a power of two) of `size` bytes.
  Status AddBuffers(std::uint32_t count, std::uint32_t size);
  // The bytes that a completion brought; give the buffer back when they are read.
  std::span<const char> BufferBytes(const Completion& completion) const;
  void RecycleBuffer(const Completion& completion);

  // Submits everything that is prepared without waiting, and lets deferred work run if
  // `run_deferred`.
  void Submit(bool run_deferred = false);
  // Submits and waits for `at_least` completions or until the time is over.
  void SubmitAndWait(unsigned at_least, Nanos at_most);
  // Copies out completions, in order; returns how many. Fewer than there is room for: all that
  // have come, also those that found the completion queue full.
  std::size_t Reap(std::span<Completion> out);

  // The clocks that go with this ring: a simulated ring has simulated ones.
  MonoTime Now() const;
  UnixMillis WallNow() const;
  // Completion-queue overflows seen so far (nothing is lost, but multishot operations end).
  std::uint64_t overflows() const { return overflows_; }
  io_uring* raw() { return ring_.get(); }

 private:
  Ring();
  io_uring_sqe* Entry(std::uint64_t tag);
  io_uring_sqe* EntryFor(File file, std::uint64_t tag);
  void SetCompletionsAside();
  std::size_t ReapQueue(std::span<Completion> out);
  void Enter(unsigned wait_for, const Nanos* at_most, bool run_deferred);

  std::unique_ptr<io_uring> ring_;
  std::unique_ptr<BufferRing> buffers_;
  std::deque<Completion> set_aside_;  // only ever filled while the kernel refuses submissions
  std::uint64_t overflows_ = 0;
  std::uint32_t direct_slots_ = 0;
};

// Waits until one of several rings of the calling thread has completions to reap, or the time is
// over. What is prepared on them is not submitted.
void WaitForAny(std::span<const RingHandle> rings, Nanos at_most);

}  // namespace ringcast
