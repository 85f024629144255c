#include "load/http_poster.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "client/http_answer.h"
#include "load/channel_names.h"
#include "protocol/chunked_decoder.h"

namespace ringcast {
namespace {

constexpr std::string_view kPlace = "{event}";
constexpr int kTimeoutMs = 30'000;  // of connecting, and of each wait for an answer

}  // namespace

HttpPoster::HttpPoster(StreamAddress address, const EventSinkOptions& options)
    : address_(std::move(address)),
      channel_(options.channel),
      body_start_(options.body.substr(0, options.body.find(kPlace))),
      body_end_(options.body.substr(options.body.find(kPlace) + kPlace.size())) {}

Status HttpPoster::Connect() {
  buffer_.clear();
  Result<Socket> socket = address_.unix_path.empty()
                              ? ConnectTcp(address_.host, address_.port, kTimeoutMs, nullptr)
                              : ConnectUnix(address_.unix_path);
  if (!socket) return socket.error();
  socket_ = std::move(*socket);
  return Done{};
}

Status HttpPoster::PublishTo(std::string_view channel, std::string_view data) {
  if (channel.empty()) channel = channel_;
  if (!socket_) {
    if (Status connected = Connect(); !connected) return connected;
  }
  const std::string start = WithChannel(body_start_, channel);
  const std::string end = WithChannel(body_end_, channel);
  const std::size_t size = start.size() + data.size() + end.size();
  request_ = "POST " + WithChannel(address_.target, channel) +
             " HTTP/1.1\r\nHost: " + HostField(address_) +
             "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(size) +
             "\r\n\r\n" + start;
  request_.append(data).append(end);
  if (Status sent = Send(request_); !sent) return sent;
  return ReadAnswer();
}

Status HttpPoster::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (WaitFor(socket_.fd(), POLLOUT, kTimeoutMs) == 0) {
        return Error{"the server takes no more of a POST"};
      }
    } else if (errno != EINTR) {
      return Error{"publishing over HTTP: " + ErrnoText(errno)};
    }
  }
  return Done{};
}

Result<bool> HttpPoster::ReadMore() {
  std::array<char, 16 * 1024> bytes;
  while (true) {
    const ssize_t got = ::recv(socket_.fd(), bytes.data(), bytes.size(), 0);
    if (got > 0) {
      buffer_.append(bytes.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0) return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Error{"publishing over HTTP: " + ErrnoText(errno)};
    if (WaitFor(socket_.fd(), POLLIN, kTimeoutMs) == 0) {
      return Error{"the server does not answer a POST"};
    }
  }
}

Status HttpPoster::ReadAnswer() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::size_t head_end = 0;
  while ((head_end = buffer_.find(kEnd)) == std::string::npos) {
    const Result<bool> more = ReadMore();
    if (!more) return more.error();
    if (!*more || buffer_.size() > kMaxAnswerHead) return Error{"a POST got no answer"};
  }
  head_end += kEnd.size();
  const Result<HttpAnswer> answer = ReadAnswerHead(std::string_view(buffer_).substr(0, head_end));
  if (!answer) return answer.error();
  buffer_.erase(0, head_end);
  if (answer->status < 200 || answer->status > 299) {
    return Error{"a POST was answered with status " + std::to_string(answer->status)};
  }
  constexpr int kNoContent = 204;
  if (answer->status == kNoContent) return Done{};
  if (answer->chunked) return ReadBody(true, 0);
  if (answer->content_length)
    return ReadBody(false, static_cast<std::size_t>(*answer->content_length));
  socket_.Close();  // the end of the connection is the end of the body
  return Done{};
}

Status HttpPoster::ReadBody(bool chunked, std::size_t length) {
  ChunkedDecoder decoder;
  while (true) {
    if (chunked) {
      std::size_t taken = 0;
      ChunkedDecoder::Step step;
      do {
        step = decoder.Next(std::string_view(buffer_).substr(taken));
        taken += step.consumed;
      } while (step.status == ChunkedDecoder::Status::kData);
      buffer_.erase(0, taken);
      if (step.status == ChunkedDecoder::Status::kEnd) return Done{};
      if (step.status == ChunkedDecoder::Status::kBroken) return Error{"a POST's answer is broken"};
    } else if (buffer_.size() >= length) {
      buffer_.erase(0, length);
      return Done{};
    }
    const Result<bool> more = ReadMore();
    if (!more) return more.error();
    if (!*more) return Error{"a POST's answer is cut short"};
  }
}

}  // namespace ringcast
