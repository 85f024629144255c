// A subscriber that keeps every byte it gets, and reads them as a client would: the response's
// head, the chunks around the blocks, the events in them. Broken chunk framing is remembered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/naive_sse.h"
#include "uring/tcp_client.h"

namespace ringcast::test {

class StreamClient {
 public:
  explicit StreamClient(std::uint16_t port) : socket_(port) {}

  TcpClient& socket() { return socket_; }
  void Send(std::string_view bytes) { socket_.Send(bytes); }
  void Get(const std::string& target, const std::string& fields = "",
           const std::string& version = "HTTP/1.1") {
    Send("GET " + target + " " + version + "\r\nHost: test\r\n" + fields + "\r\n");
  }

  // Takes what has arrived.
  void Poll() {
    for (std::string bytes = socket_.ReadNow(); !bytes.empty(); bytes = socket_.ReadNow()) {
      raw_ += bytes;
    }
  }

  const std::string& raw() const { return raw_; }
  bool ended() const { return socket_.ended(); }
  int error() const { return socket_.error(); }
  bool has_head() const { return raw_.find("\r\n\r\n") != std::string::npos; }
  std::string head() const { return raw_.substr(0, raw_.find("\r\n\r\n") + 4); }

  // The stream's text: the chunks' contents, that of an unfinished one included, or all there is
  // when it is not chunked. It ends, and well_formed() is false, where the framing is broken.
  std::string Text() {
    well_formed_ = true;
    if (!has_head()) return "";
    const std::string body = raw_.substr(head().size());
    if (head().find("chunked") == std::string::npos) return body;
    std::string text;
    std::size_t at = 0;
    while (at < body.size()) {
      const std::size_t line = body.find("\r\n", at);
      if (line == std::string::npos) {
        well_formed_ = well_formed_ && body.size() - at < 10;
        return text;
      }
      const std::string digits = body.substr(at, line - at);
      if (digits.empty() ||
          digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
        well_formed_ = false;
        return text;
      }
      const std::size_t size = std::stoul(digits, nullptr, 16);
      const std::size_t end = line + 2 + size;
      if (end + 2 > body.size()) return text + body.substr(line + 2, size);
      if (body.compare(end, 2, "\r\n") != 0) {
        well_formed_ = false;
        return text;
      }
      text += body.substr(line + 2, size);
      at = end + 2;
    }
    return text;
  }

  std::vector<NaiveEvent> Events() { return NaiveDecode(Text()); }
  // The data of the events of the default type: those that were published without one.
  std::vector<std::string> Messages() {
    std::vector<std::string> messages;
    for (const NaiveEvent& event : Events()) {
      if (event.type == "message") messages.push_back(event.data);
    }
    return messages;
  }
  std::vector<NaiveEvent> OfType(const std::string& type) {
    std::vector<NaiveEvent> found;
    for (const NaiveEvent& event : Events()) {
      if (event.type == type) found.push_back(event);
    }
    return found;
  }
  bool well_formed() {
    Text();
    return well_formed_;
  }

 private:
  TcpClient socket_;
  std::string raw_;
  bool well_formed_ = true;
};

}  // namespace ringcast::test
