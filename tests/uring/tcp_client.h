// The other end of a connection: a plain socket whose calls may fail and are checked by the test.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "uring/file_descriptor.h"

namespace ringcast::test {

class TcpClient {
 public:
  // Connects to 127.0.0.1. `receive_buffer` in bytes; 0: the kernel's choice.
  explicit TcpClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      // Before connecting, since it decides about the window.
      EXPECT_EQ(::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(int)), 0);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  int fd() const { return fd_.get(); }
  void Close() { fd_.Reset(); }
  void ShutdownWrite() { ::shutdown(fd_.get(), SHUT_WR); }
  // Closing sends a reset in place of a FIN.
  void Reset() {
    const linger now{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.Reset();
  }

  void Send(std::string_view bytes) {
    ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  // What has arrived by now, at most `most` bytes. Nothing when nothing has; see ended().
  std::string ReadNow(std::size_t most = 64 * 1024) {
    std::string bytes(most, '\0');
    const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got == 0) ended_ = true;
    if (got < 0 && errno != EAGAIN) {
      ended_ = true;
      error_ = errno;
    }
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }

  // Waits up to ten seconds for something to read or the end.
  bool WaitReadable() {
    pollfd polled{fd_.get(), POLLIN, 0};
    return ::poll(&polled, 1, 10'000) == 1;
  }

  // Exactly `size` bytes, or fewer when the connection ends or nothing comes for ten seconds.
  std::string Read(std::size_t size) {
    std::string bytes;
    while (bytes.size() < size && !ended_ && WaitReadable()) bytes += ReadNow(size - bytes.size());
    return bytes;
  }

  bool ended() const { return ended_; }  // by FIN or by an error
  int error() const { return error_; }   // the errno that ended it, or 0 for FIN

 private:
  UniqueFd fd_;
  bool ended_ = false;
  int error_ = 0;
};

}  // namespace ringcast::test
