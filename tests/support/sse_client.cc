#include "support/sse_client.h"

#include <utility>

namespace ringcast::test {

std::ostream& operator<<(std::ostream& out, StreamEnd end) {
  switch (end) {
    case StreamEnd::kOpen:
      return out << "open";
    case StreamEnd::kComplete:
      return out << "complete";
    case StreamEnd::kTruncated:
      return out << "truncated";
    case StreamEnd::kReset:
      return out << "reset";
    case StreamEnd::kBroken:
      return out << "broken";
  }
  return out;
}

Result<SseClient> SseClient::Open(std::uint16_t port, const SseRequest& request,
                                  Deadline deadline) {
  Result<HttpClient> connection = request.unix_path.empty()
                                      ? HttpClient::ConnectTcp(port, deadline, request.connect)
                                      : HttpClient::ConnectUnix(request.unix_path, deadline);
  if (!connection) return connection.error();
  std::string text = "GET " + request.target + " HTTP/1." + std::to_string(request.minor_version) +
                     "\r\nHost: localhost\r\nAccept: text/event-stream\r\n";
  if (!request.last_event_id.empty()) text += "Last-Event-ID: " + request.last_event_id + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  const Status sent = connection->Send(text, deadline);
  if (!sent) return sent.error();
  Result<HttpResponse> head = connection->ReadHead(deadline);
  if (!head) return head.error();
  SseClient client(std::move(*connection));
  client.head_ = std::move(*head);
  client.is_chunked_ = client.head_.header("Transfer-Encoding") == "chunked";
  return client;
}

Result<SseClient> SseClient::Open(std::uint16_t port, std::string_view target, Deadline deadline) {
  SseRequest request;
  request.target = target;
  return Open(port, request, deadline);
}

Status SseClient::Pump(Deadline deadline) {
  if (end_ != StreamEnd::kOpen) return Error{"the stream has ended"};
  const Result<std::string> piece = connection_.ReadSome(deadline);
  if (!piece) return piece.error();
  if (piece->empty()) {
    if (connection_.peer_end() == PeerEnd::kReset) {
      end_ = StreamEnd::kReset;
    } else {
      end_ = is_chunked_ ? StreamEnd::kTruncated : StreamEnd::kComplete;
    }
    return Error{"the stream has ended"};
  }
  std::string payload;
  if (is_chunked_) {
    const std::size_t used = chunked_.Feed(*piece, payload);
    if (chunked_.state() == ChunkedDecoder::State::kComplete) end_ = StreamEnd::kComplete;
    // Bytes after the last chunk answer no request.
    if (chunked_.state() == ChunkedDecoder::State::kBroken || used < piece->size()) {
      end_ = StreamEnd::kBroken;
    }
  } else {
    payload = *piece;
  }
  stream_bytes_ += payload.size();
  decoder_.Feed(payload);
  return Done{};
}

Result<SseEvent> SseClient::NextEvent(Deadline deadline) {
  for (;;) {
    if (std::optional<SseEvent> event = decoder_.Next()) return std::move(*event);
    const Status pumped = Pump(deadline);
    if (!pumped) return pumped.error();
  }
}

Result<SseEvent> SseClient::NextPublished(Deadline deadline) {
  for (;;) {
    Result<SseEvent> event = NextEvent(deadline);
    if (!event || event->type != "connected") return event;
  }
}

StreamEnd SseClient::WaitForEnd(Deadline deadline) {
  while (end_ == StreamEnd::kOpen) {
    const Status pumped = Pump(deadline);
    if (end_ == StreamEnd::kOpen && (!pumped || deadline.Passed())) break;
  }
  return end_;
}

Status SseClient::WaitForComments(std::uint64_t count, Deadline deadline) {
  while (decoder_.comments() < count) {
    const Status pumped = Pump(deadline);
    if (!pumped) return pumped;
  }
  return Done{};
}

}  // namespace ringcast::test
