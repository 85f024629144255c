// One thread with one ring: accepts connections into direct descriptors, arms one hang-up poll on
// each, and pushes the log to them. It reads nothing.
//
// A send never waits inside the ring: one that fits completes inside the submission and posts
// nothing; one that does not posts its partial count or -EAGAIN, and then its connection is parked:
// it keeps its cursor, and one POLLOUT is armed.
//
// Threads: made by any, before any connection comes; SetUp(), Push() and End() on one; totals() for
// others between Push() and End().
//
// Invariants: a connection has at most one send under way; a slot is closed only when no poll is
// armed on it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "event_log.h"
#include "options.h"
#include "ring.h"

namespace bare {

struct Totals {
  std::uint64_t bytes = 0;        // of events
  std::uint64_t sends = 0;        // of events
  std::uint64_t short_sends = 0;  // those that did not fit whole
  std::uint64_t beats = 0;        // heartbeats
  std::uint64_t lost_connections = 0;
  std::uint64_t behind_at_end = 0;  // connections that did not get everything
  std::int64_t first_accept_ns = 0;
  std::int64_t last_accept_ns = 0;
  std::int64_t end_ns = 0;
};

class Pusher {
 public:
  // Opens the listener. Ends the process with a message when it cannot.
  Pusher(const Options& options, EventLog& log, unsigned index);
  ~Pusher();
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  // Makes the ring and arms the accept.
  void SetUp();
  // Accepts until the log starts; pushes until it has finished and everybody has it all, or the
  // time for that is up. In modes replay and beat: until everybody has hung up or `seconds` are
  // over.
  void Push();
  // Ends the streams and waits until the peers have read them to the end and closed: a socket that
  // is closed with bytes unread, such as the request's, resets its connection, and what is still
  // under way would be lost.
  void End();

  const Totals& totals() const { return totals_; }

 private:
  enum class State : std::uint8_t { kFree, kLive, kParked, kClosing };
  enum class Operation : std::uint8_t {
    kAccept,
    kHead,
    kSend,
    kBeat,
    kHangUp,
    kWritable,
    kShutdown,
    kClose
  };

  // Left uninitialised until its slot is first used, so that memory grows with connections.
  struct Connection {
    std::uint64_t cursor;     // everything before it is sent, or is in the send under way
    std::uint64_t sent_from;  // where the newest send began
    State state;
    std::uint8_t polls_armed;
  };

  void ArmAccept();
  void ArmPoll(Operation operation, std::uint32_t slot, unsigned events);
  void Shutdown(std::uint32_t slot, int how);
  void PrepareSend(Operation operation, std::uint32_t slot, const char* bytes, std::size_t size);

  void TakeCompletions();
  void Dispatch(Operation operation, std::uint32_t slot, int result, std::uint32_t flags);
  void Admit(std::uint32_t slot);
  void Send(std::uint32_t slot);
  void TakeShortSend(std::uint32_t slot, int result);
  void TakeShortHead(std::uint32_t slot, int result);
  void HangUp(std::uint32_t slot);
  void CloseWhenIdle(std::uint32_t slot);

  bool HasPushedAll() const;
  void Beat();
  bool Advance();
  void Pass();
  void Flush();
  void Idle();

  const Options options_;
  EventLog& log_;
  Progress& progress_;
  const unsigned index_;
  const int listener_;
  const std::uint32_t table_size_;
  std::optional<Ring> ring_;

  std::unique_ptr<Connection[]> connections_;
  std::uint32_t slots_used_ = 0;  // slots from here on were never used
  std::uint32_t connected_ = 0;
  std::uint32_t parked_ = 0;

  std::uint64_t target_ = 0;  // the position that every connection is to reach now
  bool behind_ = false;       // a live connection is below it
  std::int64_t next_beat_ns_ = 0;
  std::uint64_t turns_ = 0;  // connections whose turn for a heartbeat has come
  Totals totals_;
};

}  // namespace bare
