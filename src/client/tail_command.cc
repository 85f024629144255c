#include "client/tail_command.h"

#include <sysexits.h>

#include <optional>
#include <string_view>

#include "base/result.h"
#include "client/event_source.h"
#include "client/json_text.h"
#include "client/output_buffer.h"
#include "client/socket.h"
#include "protocol/channel_name.h"
#include "protocol/event_id.h"

namespace ringcast {
namespace {

// The most channels that one stream may follow.
constexpr std::size_t kMaxChannels = 64;

bool IsUrl(std::string_view target) {
  return target.find("://") != std::string_view::npos || target.starts_with("unix:");
}

// `+` would be read as a space and `=` looks like a delimiter; no other byte of a channel name
// means anything in a query.
void AppendQueryValue(std::string& out, std::string_view channel) {
  for (const char c : channel) {
    if (c == '+') {
      out += "%2B";
    } else if (c == '=') {
      out += "%3D";
    } else {
      out += c;
    }
  }
}

Result<StreamAddress> Resolve(const TailOptions& options) {
  if (options.targets.empty()) return Error{"a URL or a channel is missing"};
  if (IsUrl(options.targets[0])) {
    if (options.targets.size() > 1) return Error{"only one URL can be followed"};
    return ParseStreamUrl(options.targets[0]);
  }
  if (options.targets.size() > kMaxChannels) return Error{"at most 64 channels can be followed"};
  for (const std::string& channel : options.targets) {
    const std::string_view fault = ChannelNameError(channel);
    if (!fault.empty()) return Error{"'" + channel + "': " + std::string(fault)};
  }
  Result<StreamAddress> address = ParseStreamUrl(options.server);
  if (!address.ok()) return address;
  std::string& target = address->target;
  if (target.find('?') != std::string::npos) return Error{"the server's URL has a query"};
  while (target.ends_with('/')) target.pop_back();
  target += "/events";
  char delimiter = '?';
  for (const std::string& channel : options.targets) {
    target += delimiter;
    target += "channel=";
    AppendQueryValue(target, channel);
    delimiter = '&';
  }
  return address;
}

class Tail {
 public:
  explicit Tail(const TailOptions& options)
      : options_(options), output_(options.output), errors_(options.errors) {
    if (options.targets.size() == 1 && !IsUrl(options.targets[0])) channel_ = options.targets[0];
  }

  int Run() {
    if (!options_.from.empty() && !ParseEventId(options_.from)) {
      return Fail(EX_USAGE, "'" + options_.from + "' is no event id");
    }
    const Result<StreamAddress> address = Resolve(options_);
    if (!address.ok()) return Fail(EX_USAGE, address.error().message);
    EventSource source({.address = *address,
                        .last_event_id = options_.from,
                        .on_event = [this](const DecodedEvent& event) { return Take(event); },
                        .on_batch = [this] { return output_.Flush(); },
                        .on_status = [this](std::string_view text) { Say(text); },
                        .stop = options_.stop});
    const EventSource::End end = source.Run();
    if (!output_.Flush()) {
      return Fail(EX_IOERR, "cannot write the output: " + ErrnoText(output_.error()));
    }
    switch (end) {
      case EventSource::End::kStopped:
        return EX_OK;
      case EventSource::End::kDone:
        Say("the server has nothing more");
        return EX_OK;
      case EventSource::End::kRefused:
        break;
    }
    return Fail(EX_UNAVAILABLE, source.error());
  }

 private:
  bool Take(const DecodedEvent& event) {
    const bool own = event.type == "connected" || event.type == "gap" || event.type == "drain" ||
                     event.type == "end";
    if (options_.json) {
      AddJson(event);
    } else if (own) {
      Say(std::string(event.type) + " " + std::string(event.data));
    } else {
      output_.AddLine(event.data);
    }
    if (own) return true;
    ++printed_;
    return options_.count == 0 || printed_ < options_.count;
  }

  void AddJson(const DecodedEvent& event) {
    std::string& out = output_.bytes();
    if (channel_) {
      out += "{\"channel\":";
      AppendJsonString(out, *channel_);
      out += ",\"id\":";
    } else {
      out += "{\"id\":";
    }
    AppendJsonString(out, event.last_event_id);
    out += ",\"event\":";
    AppendJsonString(out, event.type);
    out += ",\"data\":";
    AppendJsonString(out, event.data);
    output_.AddLine("}");
  }

  void Say(std::string_view text) {
    errors_.bytes() += "ringcast tail: ";
    errors_.AddLine(text);
    (void)errors_.Flush();
  }

  int Fail(int code, std::string_view text) {
    Say(text);
    return code;
  }

  const TailOptions& options_;
  OutputBuffer output_;
  OutputBuffer errors_;
  std::optional<std::string> channel_;
  std::uint64_t printed_ = 0;
};

}  // namespace

int RunTail(const TailOptions& options) { return Tail(options).Run(); }

}  // namespace ringcast
