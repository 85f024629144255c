#include "uring/ring.h"

#include <liburing.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/check.h"
#include "uring/buffer_ring.h"
#include "uring/clock.h"
#include "uring/listener.h"
#include "uring/peer_address.h"
#include "uring/server_operations.h"

namespace ringcast {
namespace {

// liburing 2.3 knows the MSG_RING commands by number only.
constexpr std::uint64_t kMsgRingData = 0;
constexpr std::uint64_t kMsgRingSendFd = 1;

constexpr std::uint16_t kBufferGroup = 0;

constexpr int kSendFlags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;

Error Explain(int error) {
  switch (error) {
    case ENOSYS:
      return {"this kernel has no io_uring: use Linux 6.1 or later"};
    case EPERM:
    case EACCES:
      return {
          "io_uring is refused here: check `sysctl kernel.io_uring_disabled` (0 allows it), and in "
          "a "
          "container its seccomp profile (Docker's default one blocks io_uring)"};
    case EINVAL:
      return {
          "this kernel's io_uring lacks SINGLE_ISSUER with DEFER_TASKRUN: use Linux 6.1 or later"};
    case ENOMEM:
      return {
          "not enough memory for an io_uring: check the cgroup's memory limit and RLIMIT_MEMLOCK"};
    case EMFILE:
    case ENFILE:
      return {"no descriptor left for an io_uring: raise RLIMIT_NOFILE (LimitNOFILE= in systemd)"};
    default:
      return {std::string("io_uring cannot be set up: ") + strerror(error)};
  }
}

// What is registered, or taken back, once the restrictions hold.
constexpr std::array kServerRegistrations = {IORING_REGISTER_PBUF_RING, IORING_UNREGISTER_PBUF_RING,
                                             IORING_REGISTER_FILE_ALLOC_RANGE,
                                             IORING_UNREGISTER_RING_FDS};
constexpr unsigned kServerFlags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS;

// REQUIRES: a ring that is still disabled. Returns 0, or -errno.
int RestrictToServer(io_uring* ring) {
  std::array<io_uring_restriction, kServerOperations.size() + kServerRegistrations.size() + 1>
      allowed{};
  std::size_t count = 0;
  for (const ServerOperation& operation : kServerOperations) {
    allowed[count].opcode = IORING_RESTRICTION_SQE_OP;
    allowed[count++].sqe_op = operation.opcode;
  }
  for (const auto registration : kServerRegistrations) {
    allowed[count].opcode = IORING_RESTRICTION_REGISTER_OP;
    allowed[count++].register_op = static_cast<std::uint8_t>(registration);
  }
  allowed[count].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  allowed[count++].sqe_flags = kServerFlags;
  // liburing 2.3 declares functions for this and for enabling, but its shared library lacks them.
  return io_uring_register(static_cast<unsigned>(ring->ring_fd), IORING_REGISTER_RESTRICTIONS,
                           allowed.data(), static_cast<unsigned>(count));
}

}  // namespace

bool Completion::more() const { return (flags & IORING_CQE_F_MORE) != 0; }
bool Completion::has_buffer() const { return (flags & IORING_CQE_F_BUFFER) != 0; }
std::uint16_t Completion::buffer() const {
  return static_cast<std::uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT);
}

Ring::Ring() : ring_(std::make_unique<io_uring>()) {}

Ring::~Ring() {
  buffers_.reset();
  if (ring_ && ring_->ring_fd >= 0) io_uring_queue_exit(ring_.get());
}

Result<std::unique_ptr<Ring>> Ring::Create(const RingOptions& options) {
  std::unique_ptr<Ring> ring(new Ring);
  ring->ring_->ring_fd = -1;
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE |
                 IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED;
  params.cq_entries = options.completion_entries;
  int error = io_uring_queue_init_params(options.submission_entries, ring->ring_.get(), &params);
  if (error < 0) {
    ring->ring_->ring_fd = -1;
    return Explain(-error);
  }
  if (options.direct_slots > 0) {
    error = io_uring_register_files_sparse(ring->ring_.get(), options.direct_slots);
    if (error < 0) {
      return Error{"a table of " + std::to_string(options.direct_slots) +
                   " direct descriptors is refused (" + strerror(-error) +
                   "): it must not exceed the soft RLIMIT_NOFILE"};
    }
    ring->direct_slots_ = options.direct_slots;
  }
  if (options.server_only) {
    error = RestrictToServer(ring->ring_.get());
    if (error < 0) {
      return Error{std::string("this kernel refuses to restrict an io_uring to the operations of a "
                               "server: ") +
                   strerror(-error)};
    }
  }
  // The ring's own descriptor, registered, saves a look-up on every enter. Optional.
  io_uring_register_ring_fd(ring->ring_.get());
  error = io_uring_register(static_cast<unsigned>(ring->ring_->ring_fd),
                            IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  if (error < 0) return Explain(-error);
  // A seccomp filter may let rings be made and forbid to enter them: a start can still say so.
  error = io_uring_submit_and_get_events(ring->ring_.get());
  if (error < 0) return Explain(-error);
  return ring;
}

RingHandle Ring::handle() const { return {ring_->ring_fd}; }

io_uring_sqe* Ring::Entry(std::uint64_t tag) {
  io_uring_sqe* entry = io_uring_get_sqe(ring_.get());
  while (entry == nullptr) [[unlikely]] {
      Submit();
      entry = io_uring_get_sqe(ring_.get());
    }
  memset(entry, 0, sizeof *entry);
  entry->user_data = tag;
  return entry;
}

io_uring_sqe* Ring::EntryFor(File file, std::uint64_t tag) {
  io_uring_sqe* entry = Entry(tag);
  entry->fd = file.number;
  if (file.direct) entry->flags = IOSQE_FIXED_FILE;
  return entry;
}

void Ring::AcceptDirect(File listener, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(listener, tag);
  entry->opcode = IORING_OP_ACCEPT;
  entry->ioprio = IORING_ACCEPT_MULTISHOT;
  entry->file_index = IORING_FILE_INDEX_ALLOC;
}

void Ring::AcceptPlain(File listener, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(listener, tag);
  entry->opcode = IORING_OP_ACCEPT;
  entry->ioprio = IORING_ACCEPT_MULTISHOT;
  entry->accept_flags = SOCK_CLOEXEC;
}

void Ring::AcceptOneDirect(File listener, PeerAddress* peer, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(listener, tag);
  entry->opcode = IORING_OP_ACCEPT;
  if (peer != nullptr) {
    peer->Clear();
    entry->addr = reinterpret_cast<std::uintptr_t>(peer->storage());
    entry->addr2 = reinterpret_cast<std::uintptr_t>(peer->length());
  }
  entry->file_index = IORING_FILE_INDEX_ALLOC;
}

void Ring::Receive(File file, std::span<char> into, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_RECV;
  entry->addr = reinterpret_cast<std::uintptr_t>(into.data());
  entry->len = static_cast<std::uint32_t>(into.size());
}

void Ring::ReceiveProvided(File file, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_RECV;
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = kBufferGroup;
}

void Ring::ReceiveMany(File file, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_RECV;
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->ioprio = IORING_RECV_MULTISHOT;
  entry->buf_group = kBufferGroup;
}

void Ring::OpenTcp(std::uint32_t slot, std::uint64_t tag) {
  io_uring_sqe* entry = Entry(tag);
  entry->opcode = IORING_OP_SOCKET;
  entry->fd = AF_INET;
  entry->off = SOCK_STREAM;
  entry->file_index = slot + 1;
}

Status Ring::Install(std::uint32_t slot, int descriptor) {
  const int result = io_uring_register_files_update(ring_.get(), slot, &descriptor, 1);
  if (result == 1) return Done{};
  return Error{"slot " + std::to_string(slot) + ": " + std::strerror(-result)};
}

void Ring::Connect(File file, const sockaddr_in* address, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_CONNECT;
  entry->addr = reinterpret_cast<std::uintptr_t>(address);
  entry->off = sizeof *address;
}

Result<PeerCredentials> Ring::Credentials(File file) const {
  return ReadPeerCredentials(file.number);
}

IpAddress Ring::AddressOf(File file) const {
  PeerAddress peer;
  auto* address = static_cast<sockaddr*>(peer.storage());
  if (::getpeername(file.number, address, peer.length()) != 0) return {};
  return peer.address();
}

void Ring::UseLowestSlots() {
  // The kernel looks for a free slot from where it last gave or took one; naming the range anew
  // sets it back to the start (6.0).
  io_uring_file_index_range all{};
  all.len = direct_slots_;
  const int result = io_uring_register(static_cast<unsigned>(ring_->ring_fd),
                                       IORING_REGISTER_FILE_ALLOC_RANGE, &all, 0);
  RC_CHECK(result == 0, "the range is the whole table");
}

void Ring::CloseNow(File file) { ::close(file.number); }

void Ring::SendNow(File file, std::span<const char> bytes, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_SEND;
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  entry->addr = reinterpret_cast<std::uintptr_t>(bytes.data());
  entry->len = static_cast<std::uint32_t>(bytes.size());
  entry->msg_flags = kSendFlags;
}

void Ring::SendMessageNow(File file, const msghdr* message, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_SENDMSG;
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  entry->addr = reinterpret_cast<std::uintptr_t>(message);
  entry->len = 1;
  entry->msg_flags = kSendFlags;
}

void Ring::SendAll(File file, std::span<const char> bytes, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_SEND;
  entry->addr = reinterpret_cast<std::uintptr_t>(bytes.data());
  entry->len = static_cast<std::uint32_t>(bytes.size());
  entry->msg_flags = MSG_WAITALL | MSG_NOSIGNAL;
}

void Ring::PollReadable(File file, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_POLL_ADD;
  entry->poll32_events = POLLIN | POLLRDHUP;
}

void Ring::PollWritable(File file, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_POLL_ADD;
  entry->poll32_events = POLLOUT;
}

void Ring::Shutdown(File file, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_SHUTDOWN;
  entry->len = SHUT_RDWR;
}

void Ring::ShutdownWrite(File file, std::uint64_t tag) {
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_SHUTDOWN;
  entry->len = SHUT_WR;
}

void Ring::Abort(File file, std::uint64_t tag) {
  static const sockaddr kUnspecified{};  // AF_UNSPEC is 0
  io_uring_sqe* entry = EntryFor(file, tag);
  entry->opcode = IORING_OP_CONNECT;
  entry->addr = reinterpret_cast<std::uintptr_t>(&kUnspecified);
  entry->off = sizeof kUnspecified;
}

void Ring::Close(File file, std::uint64_t tag) {
  io_uring_sqe* entry = Entry(tag);
  entry->opcode = IORING_OP_CLOSE;
  if (file.direct) {
    entry->file_index = static_cast<std::uint32_t>(file.number) + 1;
  } else {
    entry->fd = file.number;
  }
}

void Ring::Cancel(std::uint64_t tag_to_cancel, std::uint64_t tag) {
  io_uring_sqe* entry = Entry(tag);
  entry->opcode = IORING_OP_ASYNC_CANCEL;
  entry->fd = -1;
  entry->addr = tag_to_cancel;
}

void Ring::Wake(RingHandle other, std::uint64_t their_tag, std::uint64_t our_tag) {
  io_uring_sqe* entry = Entry(our_tag);
  entry->opcode = IORING_OP_MSG_RING;
  entry->fd = other.descriptor;
  entry->addr = kMsgRingData;
  entry->off = their_tag;
  entry->flags = IOSQE_CQE_SKIP_SUCCESS;
}

void Ring::PassOn(std::uint32_t slot, RingHandle other, std::uint64_t their_tag,
                  std::uint64_t our_tag) {
  io_uring_sqe* entry = Entry(our_tag);
  entry->opcode = IORING_OP_MSG_RING;
  entry->fd = other.descriptor;
  entry->addr = kMsgRingSendFd;
  entry->off = their_tag;
  entry->addr3 = slot;
  entry->file_index = IORING_FILE_INDEX_ALLOC;
}

void Ring::Enter(unsigned wait_for, const Nanos* at_most, bool run_deferred) {
  if (*ring_->sq.kflags & IORING_SQ_CQ_OVERFLOW) [[unlikely]]
    ++overflows_;
  int result = 0;
  if (at_most != nullptr) {
    __kernel_timespec limit{};
    limit.tv_sec = at_most->count() / 1'000'000'000;
    limit.tv_nsec = at_most->count() % 1'000'000'000;
    io_uring_cqe* ignored = nullptr;
    result = io_uring_submit_and_wait_timeout(ring_.get(), &ignored, wait_for, &limit, nullptr);
  } else if (run_deferred) {
    result = io_uring_submit_and_get_events(ring_.get());
  } else {
    result = io_uring_submit(ring_.get());
  }
  if (result >= 0) return;
  switch (-result) {
    case ETIME:   // the wait is over
    case EINTR:   // a signal: the loop looks at its flags
    case EAGAIN:  // no memory for a request just now: what was not taken stays queued
    case EBUSY:   // completions overflowed: the caller reaps, then what is queued goes
      return;
    default:
      RC_CHECK(false, strerror(-result));
  }
}

Status Ring::AddBuffers(std::uint32_t count, std::uint32_t size) {
  Result<std::unique_ptr<BufferRing>> buffers =
      BufferRing::Create(*this, kBufferGroup, count, size);
  if (!buffers) return buffers.error();
  buffers_ = std::move(*buffers);
  return Done{};
}

std::span<const char> Ring::BufferBytes(const Completion& completion) const {
  return buffers_->Bytes(completion.buffer(), static_cast<std::uint32_t>(completion.result));
}

void Ring::RecycleBuffer(const Completion& completion) { buffers_->Recycle(completion.buffer()); }

void Ring::Submit(bool run_deferred) {
  Enter(0, nullptr, run_deferred);
  // Left over only if the kernel was short of memory or completions overflowed: room is made for
  // it.
  while (io_uring_sq_ready(ring_.get()) > 0) [[unlikely]] SetCompletionsAside();
}

void Ring::SubmitAndWait(unsigned at_least, Nanos at_most) { Enter(at_least, &at_most, true); }

void Ring::SetCompletionsAside() {
  Enter(0, nullptr, /*run_deferred=*/true);
  std::array<Completion, 64> some;
  for (std::size_t n = ReapQueue(some); n > 0; n = ReapQueue(some)) {
    set_aside_.insert(set_aside_.end(), some.begin(),
                      some.begin() + static_cast<std::ptrdiff_t>(n));
  }
}

std::size_t Ring::Reap(std::span<Completion> out) {
  std::size_t count = 0;
  while (!set_aside_.empty() && count < out.size()) [[unlikely]] {
      out[count++] = set_aside_.front();
      set_aside_.pop_front();
    }
  count += ReapQueue(out.subspan(count));
  // What found the queue full waits in the kernel until it is entered again.
  while (count < out.size() && (*ring_->sq.kflags & IORING_SQ_CQ_OVERFLOW) != 0) [[unlikely]] {
      Enter(0, nullptr, /*run_deferred=*/true);
      const std::size_t more = ReapQueue(out.subspan(count));
      if (more == 0) break;
      count += more;
    }
  return count;
}

std::size_t Ring::ReapQueue(std::span<Completion> out) {
  std::size_t count = 0;
  unsigned head = 0;
  io_uring_cqe* entry = nullptr;
  io_uring_for_each_cqe(ring_.get(), head, entry) {
    if (count == out.size()) break;
    out[count++] = {entry->user_data, entry->res, entry->flags};
  }
  io_uring_cq_advance(ring_.get(), static_cast<unsigned>(count));
  return count;
}

void WaitForAny(std::span<const RingHandle> rings, Nanos at_most) {
  std::array<pollfd, 64> polled;
  RC_CHECK(rings.size() <= polled.size(), "a thread owns a few rings");
  for (std::size_t i = 0; i < rings.size(); ++i) polled[i] = {rings[i].descriptor, POLLIN, 0};
  timespec limit{};
  limit.tv_sec = at_most.count() / 1'000'000'000;
  limit.tv_nsec = at_most.count() % 1'000'000'000;
  // Woken early by a signal: the caller looks and comes back.
  ::ppoll(polled.data(), static_cast<nfds_t>(rings.size()), &limit, nullptr);
}

MonoTime Ring::Now() const { return MonotonicNow(); }
UnixMillis Ring::WallNow() const { return WallClockNow(); }

}  // namespace ringcast
