// A raw HTTP connection for tests: sends exactly the bytes it is given, however wrong they are, and
// reads answers with a deadline. It pools nothing, follows nothing and retries nothing.
//
// Threads: one thread at a time. Moved, not copied; a moved-from client is closed.
//
// Invariants: bytes that a call has read but not given out stay in the buffer for the next call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "support/deadline.h"
#include "support/http_response.h"

namespace ringcast::test {

// What the peer has done with its sending side, as far as reads have shown.
enum class PeerEnd { kOpen, kFin, kReset };

struct ConnectOptions {
  std::string host = "127.0.0.1";  // an IPv4 or IPv6 literal, without brackets
  std::string source;  // bind the local end to this IPv4 address; empty: the kernel's choice
  int receive_buffer_bytes = 0;  // SO_RCVBUF, set before the handshake; 0: the kernel's default
};

class HttpClient {
 public:
  static Result<HttpClient> ConnectTcp(std::uint16_t port, Deadline deadline,
                                       const ConnectOptions& options = {});
  static Result<HttpClient> ConnectUnix(const std::string& path, Deadline deadline);
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&& other) noexcept;

  // Sends all of it. Errors: the deadline, or the peer is gone.
  Status Send(std::string_view bytes, Deadline deadline);

  // All bytes up to and including `mark`. Errors: the deadline, or the peer ended before it; what
  // came stays in the buffer.
  Result<std::string> ReadUntil(std::string_view mark, Deadline deadline);
  // At least one byte, or an empty text when the peer has ended (see peer_end()). Errors: the
  // deadline.
  Result<std::string> ReadSome(Deadline deadline);
  // Everything until the peer ends; peer_end() tells how. Errors: the deadline.
  Result<std::string> ReadAll(Deadline deadline);
  // True when the peer ends by the deadline; what it sends before is thrown away.
  bool WaitForEnd(Deadline deadline);

  // Status line and headers; the body stays unread. Errors: as ReadUntil, or not an HTTP/1 head.
  Result<HttpResponse> ReadHead(Deadline deadline);
  // Head and body (RFC 9112, 6.3): none for 1xx, 204, 304 and answers to HEAD, else chunked, else
  // Content-Length, else all until the close. A 1xx answer is given as it is; the final one
  // follows. Errors: as ReadHead, broken framing, or the body is cut short.
  Result<HttpResponse> ReadResponse(Deadline deadline, bool answer_to_head = false);

  // One request and its answer, with Host and, when there is a body, Content-Length.
  Result<HttpResponse> Request(std::string_view method, std::string_view target, Deadline deadline,
                               std::string_view body = {}, const HttpHeaders& headers = {});

  void HalfClose();       // FIN; reading goes on
  void CloseWithReset();  // RST
  void Close();
  int fd() const { return fd_; }
  PeerEnd peer_end() const { return peer_end_; }

 private:
  explicit HttpClient(int fd) : fd_(fd) {}
  // Reads once into the buffer. False: the peer has ended. Errors: the deadline, or a local
  // failure.
  Result<bool> Fill(Deadline deadline);
  Result<std::string> ReadExactly(std::size_t size, Deadline deadline);
  Result<std::string> ReadChunked(Deadline deadline);

  int fd_ = -1;
  std::string buffer_;  // read, not given out yet
  PeerEnd peer_end_ = PeerEnd::kOpen;
};

}  // namespace ringcast::test
