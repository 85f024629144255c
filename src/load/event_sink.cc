#include "load/event_sink.h"

#include <ringcast/publisher.h>

#include <utility>

#include "client/stream_address.h"
#include "load/http_poster.h"
#include "protocol/channel_name.h"

namespace ringcast {
namespace {

class PublishSocket final : public EventSink {
 public:
  PublishSocket(std::string path, const EventSinkOptions& options)
      : channel_(options.channel),
        publisher_({.socket_path = std::move(path),
                    .window_bytes = options.window_bytes,
                    .on_result = [this](const PublishResult& result) {
                      if (!result.accepted && refused_.empty()) refused_ = result.reason;
                    }}) {}

  Status Connect() { return Judge(publisher_.Connect()); }

  Status PublishTo(std::string_view channel, std::string_view data) override {
    return Judge(publisher_.Publish(channel.empty() ? channel_ : channel, {}, data) != 0);
  }
  Status Push() override { return Judge(publisher_.Poll()); }
  Status Finish() override { return Judge(publisher_.Flush()); }

 private:
  Status Judge(bool done) const {
    if (!refused_.empty()) return Error{"an event was refused: " + refused_};
    // It would send again what may have arrived, and doubled events would be the server's fault.
    if (publisher_.reconnects() > 0) return Error{"the publish socket broke"};
    if (!done) return Error{publisher_.error()};
    return Done{};
  }

  const std::string channel_;
  std::string refused_;  // why the first one was
  Publisher publisher_;
};

}  // namespace

Result<std::unique_ptr<EventSink>> EventSink::Open(const EventSinkOptions& options) {
  constexpr std::string_view kUnix = "unix:";
  if (options.where.starts_with(kUnix)) {
    const std::string_view fault = ChannelNameError(options.channel);
    if (!fault.empty()) return Error{"--channel: " + std::string(fault)};
    auto sink = std::make_unique<PublishSocket>(options.where.substr(kUnix.size()), options);
    if (Status connected = sink->Connect(); !connected) return connected.error();
    return std::unique_ptr<EventSink>(std::move(sink));
  }
  if (options.body.find("{event}") == std::string::npos) {
    return Error{"--publish-body: {event} is missing"};
  }
  Result<StreamAddress> address = ParseStreamUrl(options.where);
  if (!address) return Error{"--publish: " + address.error().message};
  auto sink = std::make_unique<HttpPoster>(std::move(*address), options);
  if (Status connected = sink->Connect(); !connected) return connected.error();
  return std::unique_ptr<EventSink>(std::move(sink));
}

}  // namespace ringcast
