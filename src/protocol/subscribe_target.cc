#include "protocol/subscribe_target.h"

#include <algorithm>
#include <utility>

#include "protocol/ascii.h"
#include "protocol/channel_name.h"
#include "protocol/percent.h"

namespace ringcast {
namespace {

constexpr std::string_view kEventsPath = "/events";
constexpr std::string_view kBadPath = "The path is malformed.";
constexpr std::string_view kBadEscape = "A percent escape is broken.";

// Whether an encoded slash is there; a server in front may have read it as a real one.
bool HasEncodedSlash(std::string_view raw) {
  for (std::size_t at = raw.find('%'); at != std::string_view::npos; at = raw.find('%', at + 1)) {
    if (EqualsLower(raw.substr(at, 3), "%2f")) return true;
  }
  return false;
}

// Empty and dot segments and backslashes: whoever sends these means a file system.
bool LooksLikeTraversal(std::string_view path) {
  if (path.find('\\') != std::string_view::npos) return true;
  if (path.find("//") != std::string_view::npos) return true;
  while (!path.empty()) {
    const std::string_view segment = CutUntil(path, '/');
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

bool IsResumeKey(std::string_view key) { return key == "lastEventId" || key == "last_event_id"; }

class Builder {
 public:
  explicit Builder(std::size_t max_channels) : max_channels_(max_channels) {}

  // Each returns false after a fault.
  bool AddChannel(std::string_view raw) {
    std::optional<std::string> name = PercentDecode(raw);
    if (!name) return Refuse(kBadEscape);
    const std::string_view why = ChannelNameError(*name);
    if (!why.empty()) return Refuse(why);
    std::vector<std::string>& channels = target_.channels;
    if (std::find(channels.begin(), channels.end(), *name) != channels.end()) return true;
    if (channels.size() == max_channels_) return Refuse(kTooManyChannels);
    channels.push_back(std::move(*name));
    return true;
  }

  bool AddQuery(std::string_view query) {
    while (!query.empty()) {
      std::string_view value = CutUntil(query, '&');
      const std::optional<std::string> key = PercentDecode(CutUntil(value, '='));
      if (!key) return Refuse(kBadEscape);
      if (*key == "channel") {
        if (!AddChannel(value)) return false;
      } else if (IsResumeKey(*key)) {
        std::optional<std::string> id = PercentDecode(value);
        if (!id) return Refuse(kBadEscape);
        if (!target_.last_event_id && !id->empty()) target_.last_event_id = std::move(id);
      }
    }
    return true;
  }

  bool Refuse(std::string_view why) {
    target_ = {};
    target_.kind = RouteKind::kBadRequest;
    target_.error = why;
    return false;
  }

  SubscribeTarget Finish(const RequestHead& head) {
    if (target_.channels.empty()) {
      Refuse("No channel is named.");
    } else {
      target_.kind = RouteKind::kEvents;
      if (!head.last_event_id.empty()) target_.last_event_id = head.last_event_id;
    }
    return Take();
  }

  SubscribeTarget Take() { return std::move(target_); }

 private:
  std::size_t max_channels_;
  SubscribeTarget target_;
};

SubscribeTarget Just(RouteKind kind) {
  SubscribeTarget target;
  target.kind = kind;
  return target;
}

}  // namespace

SubscribeTarget ParseSubscribeTarget(const RequestHead& head, std::size_t max_channels) {
  const std::string_view path = head.path();
  if (path == "*") return Just(RouteKind::kServerOptions);
  if (path == "/health") return Just(RouteKind::kHealth);

  Builder builder(max_channels);
  if (LooksLikeTraversal(path)) {
    builder.Refuse(kBadPath);
    return builder.Take();
  }
  if (path != kEventsPath) {
    if (!path.starts_with(kEventsPath) || path[kEventsPath.size()] != '/') {
      return Just(RouteKind::kNotFound);
    }
    const std::string_view raw_name = path.substr(kEventsPath.size() + 1);
    if (HasEncodedSlash(raw_name)) {
      builder.Refuse(kBadPath);
      return builder.Take();
    }
    if (!builder.AddChannel(raw_name)) return builder.Take();
  }
  if (!builder.AddQuery(head.query())) return builder.Take();
  return builder.Finish(head);
}

std::optional<std::string> ResumeIdOf(const RequestHead& head) {
  if (!head.last_event_id.empty()) return head.last_event_id;
  std::string_view query = head.query();
  while (!query.empty()) {
    std::string_view value = CutUntil(query, '&');
    const std::optional<std::string> key = PercentDecode(CutUntil(value, '='));
    if (!key || !IsResumeKey(*key)) continue;
    std::optional<std::string> id = PercentDecode(value);
    if (id && !id->empty()) return id;
  }
  return std::nullopt;
}

}  // namespace ringcast
