#include "client/event_source.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

namespace ringcast {
namespace {

constexpr int kConnectTimeoutMs = 10'000;
constexpr int kAnswerTimeoutMs = 30'000;
constexpr int kStopCheckMs = 200;
constexpr std::size_t kReadSize = std::size_t{64} << 10;
// The least wait that doubles, so that `retry: 0` does not make a busy loop of a server that is
// down.
constexpr std::uint64_t kLeastBackoffMs = 100;
// No server means to be left alone for longer than this.
constexpr std::uint64_t kLongestRetryMs = 3'600'000;
constexpr double kJitter = 0.25;

}  // namespace

EventSource::EventSource(EventSourceOptions options)
    : options_(std::move(options)), rng_(std::random_device{}()) {
  decoder_.set_last_event_id(options_.last_event_id);
}

EventSource::End EventSource::Run() {
  while (true) {
    if (Stopped()) return End::kStopped;
    const Outcome outcome = Attempt();
    switch (outcome) {
      case Outcome::kStopped:
        return End::kStopped;
      case Outcome::kDone:
        return End::kDone;
      case Outcome::kRefused:
        return End::kRefused;
      case Outcome::kFailed:
      case Outcome::kLost:
        break;
    }
    const std::uint64_t pause = NextPause(outcome);
    Say(error_ + "; again in " + std::to_string(pause) + " ms");
    if (!Pause(pause)) return End::kStopped;
  }
}

EventSource::Outcome EventSource::Attempt() {
  const StreamAddress& address = options_.address;
  Result<Socket> socket = address.unix_path.empty() ? ConnectTcp(address.host, address.port,
                                                                 kConnectTimeoutMs, options_.stop)
                                                    : ConnectUnix(address.unix_path);
  if (!socket.ok()) {
    error_ = socket.error().message;
    return Stopped() ? Outcome::kStopped : Outcome::kFailed;
  }
  if (!SendRequest(*socket)) return Outcome::kFailed;
  std::string buffer;
  const std::optional<HttpAnswer> answer = ReadHead(*socket, buffer);
  if (!answer) return Stopped() ? Outcome::kStopped : Outcome::kFailed;
  const Outcome judged = Judge(*answer);
  if (judged != Outcome::kLost) return judged;
  ++streams_;
  failures_ = 0;
  Say("connected");
  return ReadBody(*socket, *answer, buffer);
}

// kLost stands for a stream that is open: it can only end.
EventSource::Outcome EventSource::Judge(const HttpAnswer& answer) {
  if (answer.status == 204) return Outcome::kDone;
  if (answer.status == 200) {
    if (answer.content_type == "text/event-stream") return Outcome::kLost;
    error_ = "the server answers with '" + answer.content_type + "', not with text/event-stream";
    return Outcome::kRefused;
  }
  error_ = "the server answers " + std::to_string(answer.status);
  if (!answer.location.empty()) error_ += " and points to " + answer.location;
  const bool passing = answer.status == 408 || answer.status == 429 || answer.status >= 500;
  return passing ? Outcome::kFailed : Outcome::kRefused;
}

bool EventSource::SendRequest(const Socket& socket) {
  std::string head = "GET " + options_.address.target +
                     " HTTP/1.1\r\nHost: " + HostField(options_.address) +
                     "\r\nAccept: text/event-stream\r\nCache-Control: no-store\r\n"
                     "User-Agent: ringcast\r\n";
  // An id comes from a decoded stream, which leaves no line break and no NUL in it.
  if (!decoder_.last_event_id().empty()) {
    head.append("Last-Event-ID: ").append(decoder_.last_event_id()).append("\r\n");
  }
  head += "\r\n";
  for (std::size_t sent = 0; sent < head.size();) {
    const ssize_t count =
        send(socket.fd(), head.data() + sent, head.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if (Stopped()) return false;
      (void)WaitFor(socket.fd(), POLLOUT, kStopCheckMs);
    } else if (errno != EINTR) {
      error_ = "cannot send the request: " + ErrnoText(errno);
      return false;
    }
  }
  return true;
}

std::optional<HttpAnswer> EventSource::ReadHead(const Socket& socket, std::string& buffer) {
  while (true) {
    const std::size_t end = buffer.find("\r\n\r\n");
    // Wherever the reads happened to cut it.
    if (std::min(end, buffer.size()) > kMaxAnswerHead) {
      error_ = "the response's head is too large";
      return std::nullopt;
    }
    if (end == std::string::npos) {
      if (!Read(socket, buffer, kAnswerTimeoutMs)) return std::nullopt;
      continue;
    }
    Result<HttpAnswer> answer = ReadAnswerHead(std::string_view(buffer).substr(0, end + 4));
    buffer.erase(0, end + 4);
    if (!answer.ok()) {
      error_ = answer.error().message;
      return std::nullopt;
    }
    // Interim responses come before the one that counts (RFC 9110 section 15.2).
    if (answer->status >= 200) return std::move(*answer);
  }
}

EventSource::Outcome EventSource::ReadBody(const Socket& socket, const HttpAnswer& answer,
                                           std::string_view first) {
  decoder_.StartStream();
  chunks_ = ChunkedDecoder();
  body_left_ = answer.content_length.value_or(0);
  std::string buffer(first);
  while (true) {
    if (!buffer.empty()) {
      const std::optional<Outcome> end = TakeBody(buffer, answer);
      if (options_.on_batch && !options_.on_batch()) return Outcome::kStopped;
      if (end) return *end;
      buffer.clear();
    }
    if (!Read(socket, buffer, -1)) return Stopped() ? Outcome::kStopped : Outcome::kLost;
  }
}

// Nothing while the body goes on.
std::optional<EventSource::Outcome> EventSource::TakeBody(std::string_view bytes,
                                                          const HttpAnswer& answer) {
  bool ended = false;
  if (answer.chunked) {
    while (!ended) {
      const ChunkedDecoder::Step step = chunks_.Next(bytes);
      bytes.remove_prefix(step.consumed);
      if (step.status == ChunkedDecoder::Status::kNeedMore) break;
      if (step.status == ChunkedDecoder::Status::kBroken) {
        error_ = "the stream's chunks are broken";
        return Outcome::kLost;
      }
      if (!TakeEvents(step.data)) return callback_stopped_ ? Outcome::kStopped : Outcome::kLost;
      ended = step.status == ChunkedDecoder::Status::kEnd;
    }
  } else {
    if (answer.content_length) {
      bytes = bytes.substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size())));
      body_left_ -= bytes.size();
      ended = body_left_ == 0;
    }
    if (!TakeEvents(bytes)) return callback_stopped_ ? Outcome::kStopped : Outcome::kLost;
  }
  if (!ended) return std::nullopt;
  error_ = "the server ended the stream";
  return Outcome::kLost;
}

bool EventSource::TakeEvents(std::string_view bytes) {
  const bool held = decoder_.Feed(bytes, [this](const DecodedEvent& event) {
    // Events of the same read that come after the one that stopped it are not given any more.
    if (!callback_stopped_ && !options_.on_event(event)) callback_stopped_ = true;
  });
  if (!held) error_ = "the stream has an event that is too large";
  return held && !callback_stopped_;
}

bool EventSource::Read(const Socket& socket, std::string& buffer, int timeout_ms) {
  int waited = 0;
  while (true) {
    if (Stopped()) return false;
    if (WaitFor(socket.fd(), POLLIN, kStopCheckMs) == 0) {
      waited += kStopCheckMs;
      if (timeout_ms < 0 || waited < timeout_ms) continue;
      error_ = "the server does not answer";
      return false;
    }
    const std::size_t held = buffer.size();
    buffer.resize(held + kReadSize);
    const ssize_t count = recv(socket.fd(), buffer.data() + held, kReadSize, MSG_DONTWAIT);
    const int error = errno;
    buffer.resize(held + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count > 0) return true;
    if (count < 0 && (error == EINTR || error == EAGAIN)) continue;
    error_ = count == 0 ? "the server closed the connection"
                        : "cannot read from the server: " + ErrnoText(error);
    return false;
  }
}

std::uint64_t EventSource::NextPause(Outcome outcome) {
  const std::uint64_t retry =
      std::min(decoder_.retry_ms().value_or(options_.retry_ms), kLongestRetryMs);
  if (outcome == Outcome::kLost) return rng_.Jittered(retry, kJitter);
  const unsigned doublings = std::min(failures_, 20u);
  ++failures_;
  const std::uint64_t grown = std::max(retry, kLeastBackoffMs) << doublings;
  // A server that asks for more than the cap gets what it asks for.
  return rng_.Jittered(std::max(retry, std::min(grown, options_.max_backoff_ms)), kJitter);
}

// False when the stop flag ends it.
bool EventSource::Pause(std::uint64_t ms) const {
  while (ms > 0) {
    if (Stopped()) return false;
    const auto step = static_cast<int>(std::min<std::uint64_t>(ms, kStopCheckMs));
    SleepFor(step);
    ms -= static_cast<std::uint64_t>(step);
  }
  return !Stopped();
}

bool EventSource::Stopped() const {
  // Relaxed: the flag carries no data.
  return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
}

void EventSource::Say(std::string_view text) const {
  if (options_.on_status) options_.on_status(text);
}

}  // namespace ringcast
