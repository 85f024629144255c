// A publisher at the other end of the publish socket, in either protocol, or of a TCP connection.
// It never blocks.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"
#include "uring/file_descriptor.h"

namespace ringcast::test {

class PublishClient {
 public:
  struct Answer {
    std::uint64_t request = 0;
    EventId id;             // of an ack
    std::uint8_t code = 0;  // of a nack or an error; 0: an ack
    bool error = false;
    std::string text;
  };

  explicit PublishClient(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  // Over TCP to this host, from one of its addresses.
  explicit PublishClient(std::uint16_t port, const char* source = "127.0.0.1")
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    EXPECT_EQ(::inet_pton(AF_INET, source, &address.sin_addr), 1);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd_.get(), generic, sizeof address), 0);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_.get(), generic, sizeof address), 0);
    EXPECT_EQ(::fcntl(fd_.get(), F_SETFL, O_NONBLOCK), 0);
  }

  void Close() { fd_.Reset(); }
  void ShutdownWrite() { ::shutdown(fd_.get(), SHUT_WR); }

  void Hello() { AppendClientHello(out_); }
  void Publish(std::string_view channel, std::string_view data, std::string_view type = {}) {
    AppendPublish(out_, next_request_++, channel, {type, data});
  }
  void Append(std::string_view bytes) { out_ += bytes; }

  // Sends what the socket takes; returns how many bytes still wait.
  std::size_t Flush() {
    while (!out_.empty()) {
      const ssize_t sent = ::send(fd_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno != EAGAIN) out_.clear();  // the server has closed
        break;
      }
      out_.erase(0, static_cast<std::size_t>(sent));
    }
    return out_.size();
  }

  // Takes what has arrived.
  void Poll() {
    char buffer[65536];
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got > 0) {
        in_.append(buffer, static_cast<std::size_t>(got));
        continue;
      }
      if (got < 0 && errno == ECONNRESET) reset_ = true;
      if (got == 0 || errno != EAGAIN) ended_ = true;
      return;
    }
  }

  // The binary answers so far.
  const std::vector<Answer>& Answers() {
    Poll();
    if (!greeted_) {
      if (in_.size() < RINGCAST_PUBLISH_SERVER_HELLO_SIZE) return answers_;
      const auto hello = ReadServerHello(in_);
      EXPECT_TRUE(hello.has_value());
      if (hello) hello_ = *hello;
      in_.erase(0, RINGCAST_PUBLISH_SERVER_HELLO_SIZE);
      greeted_ = true;
    }
    for (;;) {
      const AnswerDecoder::Step step = AnswerDecoder().Next(in_);
      if (step.status == AnswerDecoder::Status::kNeedMore) return answers_;
      EXPECT_NE(step.status, AnswerDecoder::Status::kBroken);
      if (step.status == AnswerDecoder::Status::kBroken) return answers_;
      if (step.status == AnswerDecoder::Status::kAck) {
        for (std::size_t i = 0; i < step.count; ++i) {
          answers_.push_back({step.request + i, step.id(i), 0, false, ""});
        }
      } else {
        answers_.push_back({step.request,
                            {},
                            step.code,
                            step.status == AnswerDecoder::Status::kError,
                            std::string(step.text)});
      }
      in_.erase(0, step.consumed);
    }
  }

  const std::string& text() const { return in_; }  // what HTTP answers
  // Takes so many bytes of it away.
  std::string TakeText(std::size_t size) {
    std::string text = in_.substr(0, size);
    in_.erase(0, size);
    return text;
  }
  bool ended() const { return ended_; }
  bool reset() const { return reset_; }  // not by a proper end: answers may have been lost
  const ServerHello& hello() const { return hello_; }

 private:
  UniqueFd fd_;
  std::string out_;
  std::string in_;
  std::uint64_t next_request_ = 1;
  bool reset_ = false;
  bool ended_ = false;
  bool greeted_ = false;
  ServerHello hello_;
  std::vector<Answer> answers_;
};

}  // namespace ringcast::test
