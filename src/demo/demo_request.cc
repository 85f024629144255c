#include "demo/demo_request.h"

#include <optional>
#include <string>
#include <utility>

#include "protocol/ascii.h"
#include "protocol/channel_name.h"
#include "protocol/event.h"
#include "protocol/host_name.h"
#include "protocol/percent.h"

namespace ringcast {
namespace {

constexpr std::string_view kPrefix = "/demo/";

DemoRequest Refused(int status, std::string_view reason, std::string_view allow = {}) {
  DemoRequest request;
  request.kind = DemoRequest::Kind::kRefused;
  request.status = status;
  request.reason = reason;
  request.allow = allow;
  return request;
}

// Browsers send Origin with every POST, so a page of another origin is known by it.
bool IsOwnOrigin(const RequestHead& head) {
  constexpr std::string_view kScheme = "http://";
  const std::string_view origin = head.origin;
  return !head.has_origin ||
         (origin.starts_with(kScheme) && origin.substr(kScheme.size()) == head.host);
}

// The value of event= in the query; nothing when it is broken.
std::optional<std::string> ReadType(std::string_view query) {
  constexpr std::string_view kEvent = "event=";
  std::string type;
  while (!query.empty()) {
    const std::string_view pair = CutUntil(query, '&');
    if (!pair.starts_with(kEvent)) continue;
    std::optional<std::string> value = PercentDecode(pair.substr(kEvent.size()));
    if (!value) return std::nullopt;
    type = std::move(*value);
  }
  return type;
}

}  // namespace

bool IsDemoOrder(const RequestHead& head) {
  return head.method == HttpMethod::kPost && head.path().starts_with(kPrefix);
}

DemoRequest ReadDemoRequest(const RequestHead& head, std::string_view body) {
  const bool page = head.path() == "/";
  if ((!page && !head.path().starts_with(kPrefix)) || head.method == HttpMethod::kOptions) {
    return {};
  }
  if (!IsNobodysName(head.host)) {
    return Refused(403, "The demo answers to an address and to localhost, not to another name.");
  }
  if (!head.forwarded_for.empty()) return Refused(403, "The demo is not for use behind a proxy.");
  if (page) {
    if (head.method != HttpMethod::kGet && head.method != HttpMethod::kHead) {
      return Refused(405, "The page is read with GET.", "GET, HEAD");
    }
    DemoRequest request;
    request.kind = DemoRequest::Kind::kPage;
    return request;
  }
  if (head.method != HttpMethod::kPost) return Refused(405, "Orders come by POST.", "POST");
  if (!IsOwnOrigin(head)) return Refused(403, "Only the demo's own page may publish here.");

  DemoRequest request;
  request.kind = DemoRequest::Kind::kOrder;
  std::string_view rest = head.path().substr(kPrefix.size());
  const std::string_view what = CutUntil(rest, '/');
  if (what == "publish") {
    request.order.kind = DemoOrder::Kind::kPublish;
  } else if (what == "flood") {
    request.order.kind = DemoOrder::Kind::kFlood;
  } else if (what == "end") {
    request.order.kind = DemoOrder::Kind::kEnd;
  } else {
    return Refused(404, "The demo has publish, flood and end.");
  }
  std::optional<std::string> channel = PercentDecode(rest);
  if (!channel) return Refused(400, "A percent escape is broken.");
  if (!IsValidChannelName(*channel)) return Refused(400, ChannelNameError(*channel));
  request.order.channel = std::move(*channel);
  if (request.order.kind != DemoOrder::Kind::kPublish) return request;

  std::optional<std::string> type = ReadType(head.query());
  if (!type) return Refused(400, "A percent escape is broken.");
  const EventError error = ValidateEvent({*type, body}, kMaxDemoDataBytes);
  if (error != EventError::kNone) {
    return Refused(error == EventError::kDataTooLarge ? 413 : 400, Describe(error));
  }
  request.order.type = std::move(*type);
  request.order.data = body;
  return request;
}

}  // namespace ringcast
