// One subscription, as a test sees it: sends the request, checks nothing, and gives the events one
// by one as a browser would, together with what a browser hides: heartbeats, and how exactly the
// stream ended.
//
// Threads: one thread at a time. Moved, not copied.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "base/result.h"
#include "support/chunked_decoder.h"
#include "support/deadline.h"
#include "support/http_client.h"
#include "support/sse_decoder.h"

namespace ringcast::test {

// How a stream ended, as the client's framing tells it.
enum class StreamEnd {
  kOpen,       // it has not
  kComplete,   // the last chunk, or the close of an HTTP/1.0 stream
  kTruncated,  // a close without the last chunk: what Ringcast does, so that every client
               // reconnects
  kReset,      // the peer reset the connection
  kBroken,     // the chunked framing is wrong
};
std::ostream& operator<<(std::ostream& out, StreamEnd end);

struct SseRequest {
  std::string target;         // "/events/demo"
  std::string last_event_id;  // sent as the header; empty: no header
  int minor_version = 1;      // HTTP/1.x, 0 or 1
  HttpHeaders headers;        // added as they are
  ConnectOptions connect;
  std::string unix_path;  // connect to this UNIX listener instead of a port; empty: to the port
};

class SseClient {
 public:
  // Connects, asks, and reads the response head. An answer other than 200 is no error: look at
  // head().
  static Result<SseClient> Open(std::uint16_t port, const SseRequest& request, Deadline deadline);
  static Result<SseClient> Open(std::uint16_t port, std::string_view target, Deadline deadline);

  const HttpResponse& head() const { return head_; }

  // The next event. Errors: none by the deadline, or the stream has ended; then end() tells how.
  // Events that came before an end are given first.
  Result<SseEvent> NextEvent(Deadline deadline);
  // The next event whose type is not `connected`: the first thing published, or a gap.
  Result<SseEvent> NextPublished(Deadline deadline);
  // Reads on until the stream has ended or the deadline passes; events are kept for NextEvent().
  StreamEnd WaitForEnd(Deadline deadline);
  // Reads on until at least `count` comments (heartbeats) came; events are kept for NextEvent().
  // Errors: the deadline, or the end.
  Status WaitForComments(std::uint64_t count, Deadline deadline);

  StreamEnd end() const { return end_; }
  // After the end: whether it cut an event or a line in two.
  bool EndedMidEvent() const { return decoder_.MidBlock(); }
  // Bytes of the event stream so far, without chunk framing.
  std::uint64_t stream_bytes() const { return stream_bytes_; }
  const SseDecoder& decoder() const { return decoder_; }
  const ChunkedDecoder& chunks() const { return chunked_; }
  HttpClient& connection() { return connection_; }

 private:
  explicit SseClient(HttpClient connection) : connection_(std::move(connection)) {}
  // Reads once and decodes it. Errors: the deadline, or the end.
  Status Pump(Deadline deadline);

  HttpClient connection_;
  HttpResponse head_;
  bool is_chunked_ = false;
  ChunkedDecoder chunked_;
  SseDecoder decoder_;
  StreamEnd end_ = StreamEnd::kOpen;
  std::uint64_t stream_bytes_ = 0;
};

}  // namespace ringcast::test
