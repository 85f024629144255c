// The binary publish protocol from its bytes up, written from the description in
// <ringcast/publish.h> and apart from the product's own code, so that the two cannot share a
// mistake. It sends what it is told, right or wrong.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "support/http_client.h"

namespace ringcast::test {

class RawPublisher {
 public:
  static constexpr int kAck = 0x81;
  static constexpr int kNack = 0x82;
  static constexpr int kError = 0x83;

  struct Answer {
    int kind = 0;
    int code = 0;               // of a nack or an error
    std::uint64_t request = 0;  // the first one of an ack
    std::vector<std::string> ids;
    std::string text;
  };

  // Connects and exchanges hellos.
  static Result<RawPublisher> Connect(const std::string& socket_path, int version = 1);
  // Connects and says nothing.
  static Result<RawPublisher> ConnectSilently(const std::string& socket_path);

  // Goes on with a connection on which the hello has been sent already.
  static RawPublisher Adopt(HttpClient connection) { return RawPublisher(std::move(connection)); }

  // The bytes of a hello, and of a frame.
  static std::string Hello(int version = 1);
  static std::string Frame(std::uint64_t request, std::string_view channel, std::string_view type,
                           std::string_view data);
  // A frame of version 2 with an idempotency key.
  static std::string KeyedFrame(std::uint64_t request, std::string_view channel,
                                std::string_view key, std::string_view data);
  // A frame's 16 bytes of header, with any values.
  static std::string Header(std::uint32_t length, int kind, int type_length, int channel_length,
                            std::uint64_t request);

  Status Send(std::string_view bytes, Deadline deadline);
  // The server's hello. Errors: it is none.
  Status ReadHello(Deadline deadline, int version = 1);
  // The next answer. Errors: the deadline, the end, or bytes that are no answer.
  Result<Answer> Next(Deadline deadline);
  // Ids of the next `count` requests. Errors: as Next(), or any of them was not acknowledged.
  Result<std::vector<std::string>> ReadIds(std::size_t count, Deadline deadline);
  // The server has closed and sent nothing but what was read.
  bool AtEnd(Deadline deadline);

  std::uint32_t max_data() const { return max_data_; }
  HttpClient& connection() { return connection_; }

 private:
  explicit RawPublisher(HttpClient connection) : connection_(std::move(connection)) {}
  Status Fill(std::size_t bytes, Deadline deadline);

  HttpClient connection_;
  std::string buffer_;
  std::uint32_t max_data_ = 0;
};

}  // namespace ringcast::test
