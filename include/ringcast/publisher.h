// A small blocking publisher for C++ programs: connects to a server's publish socket, sends events
// without waiting for each answer (pipelining), and reports every answer. It needs nothing but the
// standard library in this header; link the library ringcast_client. <ringcast/publish.h> is what
// travels underneath.
//
//   ringcast::Publisher publisher({.socket_path = "/run/ringcast/publish.sock"});
//   publisher.Publish("news", "", "hello");
//   if (!publisher.Flush()) std::cerr << publisher.error() << '\n';
//
// **Delivery.** Every event is kept until the server has answered it. When the connection breaks,
// the publisher connects again with back-off and sends all events without an answer again, in
// order. So no event is lost while the publisher lives, and the order of the events stays; but an
// event that the server had ordered just before the connection broke is published twice, unless
// events have idempotency keys: with Keys::kEach each has one, and none is published twice as long
// as the server lives and the connection is back within its idempotency-window.
//
// **Threads.** One publisher belongs to one thread at a time.
//
// **Invariants.** Results come in the order of the calls to Publish(), exactly one for each. Memory
// is bounded by `window_bytes` and the size of one event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringcast {

// What became of one event. The views are valid until the callback returns.
struct PublishResult {
  std::uint64_t request = 0;  // what Publish() returned
  bool accepted = false;
  std::string_view id = {};      // accepted: "<milliseconds>-<number>"
  int code = 0;                  // refused: RINGCAST_PUBLISH_NACK_*
  std::string_view reason = {};  // refused: a sentence
};

struct PublisherOptions {
  std::string socket_path = {};
  // Bytes of events sent or buffered and not yet answered; Publish() waits when there are more.
  std::size_t window_bytes = std::size_t{4} << 20;
  // Milliseconds of trying to reach the server, from when it was found gone, before a call fails.
  int connect_timeout_ms = 10'000;
  // Milliseconds in which a call that waits sees no answer, though events are due one, before it
  // fails.
  int answer_timeout_ms = 60'000;
  // Milliseconds of back-off: from the first to the longest, doubling, jittered.
  int first_backoff_ms = 20;
  int max_backoff_ms = 2'000;
  // Idempotency keys. With them the server must speak version 2 of the protocol.
  enum class Keys {
    kNone,   // Publish() takes none
    kGiven,  // an event has the key that Publish() is given, if any
    kEach,   // an event that is given none gets one that no other has
  };
  Keys keys = Keys::kNone;
  // Called inside Publish(), Poll() and Flush(); must not call the publisher. May be empty.
  std::function<void(const PublishResult&)> on_result = {};
};

class Publisher {
 public:
  explicit Publisher(PublisherOptions options);
  // Does not wait: events without an answer may be lost with it. Flush() first.
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Connects now, with one attempt and no back-off. Optional: the first event connects otherwise.
  bool Connect();

  // Queues one event and returns its request number, from 1 on; waits while the window is full.
  // An empty `type` is the default type. Returns 0 when the event cannot be taken: it can never be
  // sent (channel name over 65535 bytes, with a key over 255; type over 255 bytes, data over 16
  // MiB, a key that is no 1 to 128 visible ASCII characters, or that the options do not provide
  // for), or waiting for the window failed; error() says which. Whether the server accepts the
  // event is told by its result; an event that had been published under its key is accepted with
  // the id of then.
  //
  // Events may rest in a buffer until Poll(), Flush() or enough of them; an interactive program
  // calls one of those when it has nothing more to publish.
  std::uint64_t Publish(std::string_view channel, std::string_view type, std::string_view data,
                        std::string_view key = {});

  // Sends what is buffered as far as the server takes it now and reports the answers that are
  // there; waits up to `timeout_ms` milliseconds for the first of them when any is due. False as in
  // Flush().
  bool Poll(int timeout_ms = 0);

  // Sends everything and waits until every event has its answer. False when the server cannot be
  // reached or does not answer in time, with the reason in error(); the events are kept, so a later
  // call tries again.
  bool Flush();

  std::size_t unanswered() const;    // events without an answer
  std::uint64_t accepted() const;    // events acknowledged so far
  std::uint64_t refused() const;     // events refused so far
  std::uint64_t reconnects() const;  // connections made after the first one
  const std::string& error() const;  // of the last call that failed
  int descriptor() const;            // of the socket, -1 while there is none; for poll() only
  bool sending() const;              // whether poll() is to wait for room to write as well

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringcast
