// A blocking EventSource client (HTML standard 9.2): keeps one stream open, reconnects with the
// last event id, honours `retry`, and hands every event to a callback. Speaks HTTP/1.1 over TCP or
// a UNIX socket, chunked or delimited by the connection's end, without TLS.
//
// Threads: Run() blocks one thread. The stop flag is the only thing that another thread or a signal
// handler may touch; it is looked at every 200 ms or more often.
// Invariants: the id that a reconnect sends is that of the last event the callback was given (or of
// a block without data after it), so a stream that resumes goes on exactly there.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/rng.h"
#include "client/http_answer.h"
#include "client/socket.h"
#include "client/stream_address.h"
#include "protocol/chunked_decoder.h"
#include "protocol/sse_decoder.h"

namespace ringcast {

struct EventSourceOptions {
  StreamAddress address = {};
  std::string last_event_id = {};         // empty: the stream starts fresh
  std::uint64_t retry_ms = 3'000;         // until the server says otherwise
  std::uint64_t max_backoff_ms = 30'000;  // the longest wait while streams cannot be opened
  // Called for each event; false ends Run().
  std::function<bool(const DecodedEvent&)> on_event = {};
  // Called after the events of one read, before Run() waits for more: the moment to write out what
  // was gathered. False ends Run(). May be empty.
  std::function<bool()> on_batch = {};
  // Called with a line about the connection: opened, lost, refused. May be empty.
  std::function<void(std::string_view)> on_status = {};
  // Run() ends when it turns true. May be null.
  const std::atomic<bool>* stop = nullptr;
};

class EventSource {
 public:
  enum class End {
    kStopped,  // by a callback or the stop flag
    kDone,     // the server answered 204: there is nothing more, ever
    kRefused,  // an answer that another attempt would not change; error() says which
  };

  explicit EventSource(EventSourceOptions options);

  // Streams until one of the ends. A connection that breaks or cannot be made, and the answers 408,
  // 429 and 5xx, are tried again for ever: `retry` milliseconds after a stream, with a wait that
  // doubles while attempts fail, both jittered by a quarter.
  End Run();

  const std::string& error() const { return error_; }
  std::uint64_t streams() const { return streams_; }  // streams that were opened

 private:
  // How one attempt went. kLost: a stream was open and ended. kFailed: none was opened.
  enum class Outcome { kStopped, kDone, kRefused, kFailed, kLost };

  Outcome Attempt();
  Outcome Judge(const HttpAnswer& answer);
  Outcome ReadBody(const Socket& socket, const HttpAnswer& answer, std::string_view first);
  // Reads a head and leaves the bytes after it in `buffer`; interim responses are passed over.
  std::optional<HttpAnswer> ReadHead(const Socket& socket, std::string& buffer);
  std::optional<Outcome> TakeBody(std::string_view bytes, const HttpAnswer& answer);
  bool TakeEvents(std::string_view bytes);
  // Appends what comes within `timeout_ms` (-1: for ever) to `buffer`; false at the end of the
  // connection, on a stop and after the time, with the reason in error_.
  bool Read(const Socket& socket, std::string& buffer, int timeout_ms);
  bool SendRequest(const Socket& socket);
  bool Pause(std::uint64_t ms) const;
  std::uint64_t NextPause(Outcome outcome);
  bool Stopped() const;
  void Say(std::string_view text) const;

  EventSourceOptions options_;
  Rng rng_;
  SseDecoder decoder_;
  ChunkedDecoder chunks_;
  std::uint64_t body_left_ = 0;  // of a body with a length
  std::uint64_t streams_ = 0;
  unsigned failures_ = 0;  // attempts in a row that opened no stream
  bool callback_stopped_ = false;
  std::string error_;
};

}  // namespace ringcast
