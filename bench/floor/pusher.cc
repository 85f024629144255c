#include "pusher.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "affinity.h"
#include "clock.h"
#include "failure.h"
#include "listener.h"

namespace bare {
namespace {

constexpr unsigned kSendsPerSubmit = 256;
constexpr std::uint32_t kSpareSlots = 64;
constexpr int kSendFlags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;
constexpr std::int64_t kMillisecond = 1'000'000;
// A prime larger than any table: steps of it visit every slot once, in no order that caches like.
constexpr std::uint64_t kBeatStride = 2'654'435'761;

std::uint32_t TableSize(const Options& options) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(files.rlim_cur, std::uint64_t{options.connections} + kSpareSlots));
}

}  // namespace

Pusher::Pusher(const Options& options, EventLog& log, unsigned index)
    : options_(options),
      log_(log),
      progress_(log.progress(index)),
      index_(index),
      listener_(OpenListener(options.address, options.port)),
      table_size_(TableSize(options)),
      connections_(new Connection[table_size_]) {}

Pusher::~Pusher() { ::close(listener_); }

void Pusher::SetUp() {
  if (options_.pin) PinThread(index_);
  ring_.emplace(table_size_);
  if (options_.mode == Mode::kReplay) target_ = log_.head();
  ArmAccept();
  ring_->Submit();
}

// --- operations ------------------------------------------------------------------------------

namespace {

std::uint64_t Tag(std::uint8_t operation, std::uint32_t slot) {
  return std::uint64_t{operation} << 32 | slot;
}

}  // namespace

void Pusher::ArmAccept() {
  io_uring_sqe* const sqe = ring_->NextSqe();
  ::io_uring_prep_multishot_accept_direct(sqe, listener_, nullptr, nullptr, 0);
  sqe->user_data = Tag(static_cast<std::uint8_t>(Operation::kAccept), 0);
}

void Pusher::ArmPoll(Operation operation, std::uint32_t slot, unsigned events) {
  io_uring_sqe* const sqe = ring_->NextSqe();
  ::io_uring_prep_poll_add(sqe, static_cast<int>(slot), events);
  sqe->flags |= IOSQE_FIXED_FILE;
  sqe->user_data = Tag(static_cast<std::uint8_t>(operation), slot);
  ++connections_[slot].polls_armed;
}

void Pusher::PrepareSend(Operation operation, std::uint32_t slot, const char* bytes,
                         std::size_t size) {
  io_uring_sqe* const sqe = ring_->NextSqe();
  ::io_uring_prep_send(sqe, static_cast<int>(slot), bytes, size, kSendFlags);
  sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
  sqe->user_data = Tag(static_cast<std::uint8_t>(operation), slot);
}

void Pusher::Shutdown(std::uint32_t slot, int how) {
  io_uring_sqe* const sqe = ring_->NextSqe();
  ::io_uring_prep_shutdown(sqe, static_cast<int>(slot), how);
  sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
  sqe->user_data = Tag(static_cast<std::uint8_t>(Operation::kShutdown), slot);
}

// --- completions -----------------------------------------------------------------------------

void Pusher::TakeCompletions() {
  for (auto taken = ring_->Take(); !taken.empty(); taken = ring_->Take()) {
    for (const Completion& completion : taken) {
      Dispatch(static_cast<Operation>(completion.tag >> 32),
               static_cast<std::uint32_t>(completion.tag), completion.result, completion.flags);
    }
  }
}

void Pusher::Dispatch(Operation operation, std::uint32_t slot, int result, std::uint32_t flags) {
  switch (operation) {
    case Operation::kAccept:
      if (result == -ENFILE) {
        Fail("a ring's table is full; use more --rings or a higher RLIMIT_NOFILE", ENFILE);
      }
      if (result >= 0) Admit(static_cast<std::uint32_t>(result));
      if ((flags & IORING_CQE_F_MORE) == 0) ArmAccept();
      return;
    case Operation::kHead:
      return TakeShortHead(slot, result);
    case Operation::kSend:
      return TakeShortSend(slot, result);
    case Operation::kBeat:  // posts only when the socket is full or the peer has gone
      --totals_.beats;
      if (result < 0 && result != -EAGAIN) HangUp(slot);
      return;
    case Operation::kHangUp:
      --connections_[slot].polls_armed;
      return HangUp(slot);
    case Operation::kWritable:
      --connections_[slot].polls_armed;
      if (connections_[slot].state == State::kClosing) return CloseWhenIdle(slot);
      connections_[slot].state = State::kLive;
      --parked_;
      // Sent to by the next pass. Not here: one connection never has two sends in a submission,
      // since what comes behind a send that turns out short would leave a hole.
      behind_ |= connections_[slot].cursor < target_;
      return;
    case Operation::kShutdown:  // posts only when the peer was faster; the polls tell the rest
      return;
    case Operation::kClose:
      connections_[slot].state = State::kFree;
      return;
  }
}

void Pusher::Admit(std::uint32_t slot) {
  const std::int64_t now = NowNs();
  if (totals_.first_accept_ns == 0) totals_.first_accept_ns = now;
  totals_.last_accept_ns = now;
  while (slots_used_ <= slot) connections_[slots_used_++].state = State::kFree;
  const bool replay = options_.mode == Mode::kReplay;
  connections_[slot] = {.cursor = target_,
                        .sent_from = replay ? 0 : target_,
                        .state = State::kLive,
                        .polls_armed = 0};
  if (replay) totals_.bytes += target_;
  PrepareSend(Operation::kHead, slot, log_.greeting().data(), log_.greeting().size());
  ArmPoll(Operation::kHangUp, slot, POLLRDHUP);
  // Relaxed: a number that the main thread watches.
  progress_.connected.store(++connected_, std::memory_order_relaxed);
}

// REQUIRES: live. Does nothing when it has all.
void Pusher::Send(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (connection.cursor >= target_) return;
  const std::uint64_t size = std::min(target_ - connection.cursor, options_.send_bytes);
  PrepareSend(Operation::kSend, slot, log_.data() + connection.cursor, size);
  connection.sent_from = connection.cursor;
  connection.cursor += size;  // taken back when it turns out to be short
  behind_ |= connection.cursor < target_;
  ++totals_.sends;
  totals_.bytes += size;
}

void Pusher::TakeShortSend(std::uint32_t slot, int result) {
  Connection& connection = connections_[slot];
  const std::uint64_t reached =
      connection.sent_from + static_cast<std::uint64_t>(std::max(result, 0));
  totals_.bytes -= connection.cursor - reached;
  connection.cursor = reached;
  ++totals_.short_sends;
  if (connection.state != State::kLive) return;  // hung up meanwhile
  if (result < 0 && result != -EAGAIN) return HangUp(slot);
  connection.state = State::kParked;
  ++parked_;
  ArmPoll(Operation::kWritable, slot, POLLOUT);
}

// The head and what came with it. An empty socket has room for the head itself.
void Pusher::TakeShortHead(std::uint32_t slot, int result) {
  const int head_size = static_cast<int>(StreamHead().size());
  if (options_.mode != Mode::kReplay || result < head_size) return HangUp(slot);
  TakeShortSend(slot, result - head_size);
}

void Pusher::HangUp(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (connection.state == State::kLive || connection.state == State::kParked) {
    if (connection.state == State::kParked) --parked_;
    connection.state = State::kClosing;
    ++totals_.lost_connections;
    progress_.connected.store(--connected_, std::memory_order_relaxed);  // as in Admit()
    // Makes the polls that are still armed complete by themselves: cancelling searches them all.
    if (connection.polls_armed > 0) Shutdown(slot, SHUT_RDWR);
  }
  CloseWhenIdle(slot);
}

void Pusher::CloseWhenIdle(std::uint32_t slot) {
  if (connections_[slot].state != State::kClosing || connections_[slot].polls_armed > 0) return;
  io_uring_sqe* const sqe = ring_->NextSqe();
  ::io_uring_prep_close_direct(sqe, slot);
  sqe->user_data = Tag(static_cast<std::uint8_t>(Operation::kClose), slot);
}

// --- pushing ---------------------------------------------------------------------------------

void Pusher::Push() {
  while (log_.start_ns() == 0) {
    // Accepts come in bursts; a wait for many completions takes more of them at each entry.
    ring_->SubmitAndWait(128, kMillisecond);
    TakeCompletions();
    if (behind_) Pass();
  }
  Pass();  // nothing to send yet, but the others learn of the connections here
  std::int64_t give_up_ns = 0;
  for (;;) {
    if (Advance() || behind_) {
      Pass();
      continue;
    }
    if (options_.mode == Mode::kBeat) Beat();
    if (HasPushedAll()) {
      const std::int64_t now = NowNs();
      if (give_up_ns == 0) {
        give_up_ns = now + static_cast<std::int64_t>(options_.drain_seconds * 1e9);
      }
      if (parked_ == 0 || now >= give_up_ns) break;
    }
    Idle();
  }
  totals_.end_ns = NowNs();
  totals_.behind_at_end = parked_;
}

bool Pusher::HasPushedAll() const {
  switch (options_.mode) {
    case Mode::kEach:
    case Mode::kLog:
      return log_.finished() && target_ == log_.head();
    case Mode::kReplay:
    case Mode::kBeat:
      break;
  }
  const auto length_ns = static_cast<std::int64_t>(options_.seconds * 1e9);
  return connected_ == 0 || NowNs() >= log_.start_ns() + length_ns;
}

// Sends a heartbeat to those whose turn has come since the last time.
void Pusher::Beat() {
  const std::int64_t now = NowNs();
  if (now < next_beat_ns_ || now < log_.start_ns()) return;
  next_beat_ns_ = now + static_cast<std::int64_t>(options_.beat_tick_ms * kMillisecond);
  const double elapsed_s = static_cast<double>(now - log_.start_ns()) * 1e-9;
  const auto due = static_cast<std::uint64_t>(elapsed_s / options_.beat_seconds *
                                              static_cast<double>(slots_used_));
  unsigned prepared = 0;
  for (; turns_ < due; ++turns_) {
    const auto slot = static_cast<std::uint32_t>(turns_ * kBeatStride % slots_used_);
    if (connections_[slot].state != State::kLive) continue;
    PrepareSend(Operation::kBeat, slot, HeartbeatText().data(), HeartbeatText().size());
    ++totals_.beats;
    if (++prepared % kSendsPerSubmit == 0) Flush();
  }
}

void Pusher::End() {
  for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
    const State state = connections_[slot].state;
    if (state == State::kLive || state == State::kParked) Shutdown(slot, SHUT_WR);
  }
  const std::int64_t give_up_ns = NowNs() + static_cast<std::int64_t>(options_.drain_seconds * 1e9);
  while (connected_ > 0 && NowNs() < give_up_ns) {
    ring_->SubmitAndWait(std::min(connected_, 128u), kMillisecond);
    TakeCompletions();
  }
}

// Moves the target on; false when there is nothing new yet.
bool Pusher::Advance() {
  if (options_.mode == Mode::kLog) {
    if (NowNs() < log_.start_ns()) return false;
    log_.Produce();
    const std::uint64_t head = log_.head();
    return std::exchange(target_, head) != head;
  }
  // One event a pass, also when several are due: each is sent on its own.
  if (target_ == log_.head() || NowNs() < log_.due_ns(target_ / log_.frame_bytes())) return false;
  target_ += log_.frame_bytes();
  return true;
}

// One send to each live connection that is below the target.
void Pusher::Pass() {
  behind_ = false;
  unsigned prepared = 0;
  std::uint64_t limit = kNoLimit;
  for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
    Connection& connection = connections_[slot];
    if (connection.state == State::kParked) {
      // It may be further behind, but what it lacks takes memory, too.
      limit = std::min(limit, connection.cursor + options_.backlog_bytes);
    }
    if (connection.state != State::kLive) continue;
    if (connection.cursor < target_) {
      Send(slot);
      ++prepared;
    }
    limit = std::min(limit, connection.cursor + options_.window_bytes);
    if (prepared == kSendsPerSubmit) {
      prepared = 0;
      Flush();
    }
  }
  ring_->SubmitAndRunDeferred();
  TakeCompletions();
  // Relaxed: a number alone; the window is the only thing that depends on it.
  progress_.limit.store(limit, std::memory_order_relaxed);
}

// Submits what is prepared and learns which of it was short. REQUIRES to be called before a
// connection is sent to again.
void Pusher::Flush() {
  ring_->Submit();
  TakeCompletions();
}

// Waits for hang-ups and writable sockets, no longer than until there may be something to send.
void Pusher::Idle() {
  std::int64_t nanos = kMillisecond;
  if (options_.mode == Mode::kLog) {
    nanos = kMillisecond / 5;  // another ring may have appended
  } else if (options_.mode == Mode::kBeat) {
    nanos = std::max<std::int64_t>(next_beat_ns_ - NowNs(), 0);
  } else if (parked_ == 0 && target_ < log_.head()) {
    nanos = std::max<std::int64_t>(log_.due_ns(target_ / log_.frame_bytes()) - NowNs(), 0);
  }
  // Only as many deferred completions as are waited for are run in one entry, or a few more.
  ring_->SubmitAndWait(std::clamp(parked_ / 4, 1u, 256u), nanos);
  TakeCompletions();
}

}  // namespace bare
