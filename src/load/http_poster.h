// Publishes over HTTP: one POST for each event on one connection that is kept open, and the next
// only after the answer, as programs do that publish to a server with an HTTP interface.
//
// Threads: one at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "client/socket.h"
#include "client/stream_address.h"
#include "load/event_sink.h"

namespace ringcast {

class HttpPoster final : public EventSink {
 public:
  // `options.body` holds {event}.
  HttpPoster(StreamAddress address, const EventSinkOptions& options);

  Status Connect();
  // Any 2xx status is a success. A server that closes after an answer is connected to again.
  Status PublishTo(std::string_view channel, std::string_view data) override;
  Status Push() override { return Done{}; }
  Status Finish() override { return Done{}; }

 private:
  Status Send(std::string_view bytes);
  Status ReadAnswer();
  // Appends what comes to buffer_. False: the peer has ended.
  Result<bool> ReadMore();
  Status ReadBody(bool chunked, std::size_t length);

  const StreamAddress address_;
  const std::string channel_;
  const std::string body_start_;
  const std::string body_end_;
  Socket socket_;
  std::string request_;
  std::string buffer_;  // read and not taken yet
};

}  // namespace ringcast
