#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "support/chunked_decoder.h"

namespace ringcast::test {
namespace {

Error SystemError(const std::string& what, int error_number) {
  return Error{what + ": " + std::strerror(error_number)};
}

// False when the deadline passes first.
bool WaitReady(int fd, short events, Deadline deadline) {
  for (;;) {
    pollfd waiting{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&waiting, 1, deadline.PollMillis());
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Status FinishConnect(int fd, const sockaddr* address, socklen_t size, Deadline deadline) {
  if (::connect(fd, address, size) == 0) return Done{};
  // EAGAIN: a UNIX listener's backlog is full, which poll(2) does not tell about.
  if (errno != EINPROGRESS) return SystemError("connect", errno);
  if (!WaitReady(fd, POLLOUT, deadline)) return Error{"connect: no answer in time"};
  int failure = 0;
  socklen_t failure_size = sizeof failure;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &failure_size);
  if (failure != 0) return SystemError("connect", failure);
  return Done{};
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<Address> ParseAddress(const std::string& host, std::uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    return Error{"not an IP address: " + host};
  }
  return address;
}

}  // namespace

Result<HttpClient> HttpClient::ConnectTcp(std::uint16_t port, Deadline deadline,
                                          const ConnectOptions& options) {
  const Result<Address> remote = ParseAddress(options.host, port);
  if (!remote) return remote.error();
  const int fd = ::socket(remote->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return SystemError("socket", errno);
  HttpClient client(fd);
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // a test's pieces stay pieces
  if (options.receive_buffer_bytes > 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer_bytes,
                 sizeof options.receive_buffer_bytes);
  }
  if (!options.source.empty()) {
    const Result<Address> local = ParseAddress(options.source, 0);
    if (!local) return local.error();
    if (::bind(fd, local->get(), local->size) != 0) {
      return SystemError("bind to " + options.source, errno);
    }
  }
  const Status status = FinishConnect(fd, remote->get(), remote->size, deadline);
  if (!status) return status.error();
  return client;
}

Result<HttpClient> HttpClient::ConnectUnix(const std::string& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error{"path too long for a socket: " + path};
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return SystemError("socket", errno);
  HttpClient client(fd);
  const Status status =
      FinishConnect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
  if (!status) return Error{path + ": " + status.error().message};
  return client;
}

HttpClient::~HttpClient() { Close(); }

HttpClient::HttpClient(HttpClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)),
      peer_end_(other.peer_end_) {}

HttpClient& HttpClient::operator=(HttpClient&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
    buffer_ = std::move(other.buffer_);
    peer_end_ = other.peer_end_;
  }
  return *this;
}

Status HttpClient::Send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!WaitReady(fd_, POLLOUT, deadline)) return Error{"send: the peer does not read"};
    } else if (errno != EINTR) {
      return SystemError("send", errno);
    }
  }
  return Done{};
}

Result<bool> HttpClient::Fill(Deadline deadline) {
  if (peer_end_ != PeerEnd::kOpen) return false;
  char piece[65536];
  for (;;) {
    const ssize_t size = ::recv(fd_, piece, sizeof piece, 0);
    if (size > 0) {
      buffer_.append(piece, static_cast<std::size_t>(size));
      return true;
    }
    if (size == 0) {
      peer_end_ = PeerEnd::kFin;
      return false;
    }
    if (errno == ECONNRESET || errno == EPIPE) {
      peer_end_ = PeerEnd::kReset;
      return false;
    }
    if (errno == EAGAIN) {
      if (!WaitReady(fd_, POLLIN, deadline)) return Error{"nothing came in time"};
    } else if (errno != EINTR) {
      return SystemError("recv", errno);
    }
  }
}

Result<std::string> HttpClient::ReadUntil(std::string_view mark, Deadline deadline) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t at = buffer_.find(mark, searched);
    if (at != std::string::npos) {
      std::string out = buffer_.substr(0, at + mark.size());
      buffer_.erase(0, at + mark.size());
      return out;
    }
    searched = buffer_.size() < mark.size() ? 0 : buffer_.size() - mark.size() + 1;
    const Result<bool> filled = Fill(deadline);
    if (!filled) return Error{filled.error().message + "; so far: " + buffer_.substr(0, 2000)};
    if (!*filled) return Error{"the peer closed; it sent: " + buffer_.substr(0, 2000)};
  }
}

Result<std::string> HttpClient::ReadSome(Deadline deadline) {
  if (buffer_.empty()) {
    const Result<bool> filled = Fill(deadline);
    if (!filled) return filled.error();
  }
  return std::exchange(buffer_, {});
}

Result<std::string> HttpClient::ReadAll(Deadline deadline) {
  for (;;) {
    const Result<bool> filled = Fill(deadline);
    if (!filled) return filled.error();
    if (!*filled) return std::exchange(buffer_, {});
    if (deadline.Passed()) return Error{"the peer still sends"};
  }
}

bool HttpClient::WaitForEnd(Deadline deadline) {
  for (;;) {
    buffer_.clear();
    const Result<bool> filled = Fill(deadline);
    if (filled.ok() && !*filled) return true;
    if (!filled.ok() || deadline.Passed()) return false;
  }
}

Result<std::string> HttpClient::ReadExactly(std::size_t size, Deadline deadline) {
  while (buffer_.size() < size) {
    const Result<bool> filled = Fill(deadline);
    if (!filled) return filled.error();
    if (!*filled) {
      return Error{"the body ends after " + std::to_string(buffer_.size()) + " of " +
                   std::to_string(size) + " bytes"};
    }
  }
  std::string out = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

Result<std::string> HttpClient::ReadChunked(Deadline deadline) {
  ChunkedDecoder decoder;
  std::string body;
  for (;;) {
    buffer_.erase(0, decoder.Feed(buffer_, body));
    if (decoder.state() == ChunkedDecoder::State::kComplete) return body;
    if (decoder.state() == ChunkedDecoder::State::kBroken) return Error{decoder.why()};
    const Result<bool> filled = Fill(deadline);
    if (!filled) return filled.error();
    if (!*filled) return Error{"the chunked body is cut short; it began: " + body.substr(0, 2000)};
  }
}

Result<HttpResponse> HttpClient::ReadHead(Deadline deadline) {
  Result<std::string> head = ReadUntil("\r\n\r\n", deadline);
  if (!head) return head.error();
  return ParseHead(std::string_view(*head).substr(0, head->size() - 4));
}

Result<HttpResponse> HttpClient::ReadResponse(Deadline deadline, bool answer_to_head) {
  Result<HttpResponse> response = ReadHead(deadline);
  if (!response) return response;
  const int status = response->status;
  if (answer_to_head || status < 200 || status == 204 || status == 304) return response;
  const std::string length = response->header("Content-Length");
  Result<std::string> body = std::string();
  if (EqualIgnoringCase(response->header("Transfer-Encoding"), "chunked")) {
    body = ReadChunked(deadline);
  } else if (!length.empty()) {
    std::size_t size = 0;
    const auto parsed = std::from_chars(length.data(), length.data() + length.size(), size);
    if (parsed.ptr != length.data() + length.size() || parsed.ec != std::errc()) {
      return Error{"not a Content-Length: " + length};
    }
    body = ReadExactly(size, deadline);
  } else {
    body = ReadAll(deadline);
  }
  if (!body) return body.error();
  response->body = std::move(*body);
  return response;
}

Result<HttpResponse> HttpClient::Request(std::string_view method, std::string_view target,
                                         Deadline deadline, std::string_view body,
                                         const HttpHeaders& headers) {
  std::string request;
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request.append("\r\n").append(body);
  const Status sent = Send(request, deadline);
  // A server may answer and close before it has read the body; the answer counts.
  if (!sent && deadline.Passed()) return sent.error();
  return ReadResponse(deadline, method == "HEAD");
}

void HttpClient::HalfClose() { ::shutdown(fd_, SHUT_WR); }

void HttpClient::CloseWithReset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  Close();
}

void HttpClient::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace ringcast::test
