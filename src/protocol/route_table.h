// The paths at which streams are served: /events, which names its channels itself, and the routes
// that an operator has configured, each with the channels of its streams and what is different for
// them. Compiled once; a request is matched to at most one route.
//
// Threads: constant after construction.
// Invariants: no two routes are in conflict (route_pattern.h), so the order of routes means
// nothing; a match costs as many steps as the path has segments, and a few more where fixed
// segments and variables meet, however many routes there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/index.h"
#include "base/time.h"
#include "protocol/auth_mode.h"
#include "protocol/channel_template.h"
#include "protocol/event_filter.h"
#include "protocol/http_types.h"
#include "protocol/origin_policy.h"
#include "protocol/route_pattern.h"
#include "protocol/subscribe_target.h"

namespace ringcast {

struct Route {
  RoutePattern path;
  std::vector<ChannelTemplate> channels;
  bool get = true;  // and HEAD
  bool post = false;
  OriginPolicy origins;
  std::optional<Millis> heartbeat;  // 0: none; no value: the one of all streams
  EventFilter events;
  AuthMode auth = AuthMode::kNone;

  // For the field Allow.
  std::string_view allow() const;
  bool Takes(HttpMethod method) const;
};

// What a request on the public listener asks for.
struct RouteMatch {
  SubscribeTarget target;
  // Of a stream, also of one that is refused for its channels' names; nullptr of anything else.
  const Route* route = nullptr;
  // Of the path, decoded once. A route's channels are made of them; those of /events are in target.
  TemplateVariables variables;
};

class RouteTable {
 public:
  RouteTable() = default;
  // `events`: what holds for /events. REQUIRES: no two routes are in conflict.
  explicit RouteTable(Route events, std::vector<Route> routes = {});

  // What a request asks for. In the path an encoded slash is refused where a variable stands.
  RouteMatch Match(const RequestHead& head, std::size_t max_channels) const;

  const Route& events() const { return events_; }
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node {
    std::vector<std::pair<std::string, std::uint32_t>> fixed;  // segments and nodes, sorted
    std::uint32_t variable = kNoIndex;                         // node
    std::uint32_t route = kNoIndex;                            // that ends here
  };

  std::uint32_t Child(std::uint32_t node, const RoutePattern::Segment& segment);
  const Route* Find(std::string_view path, TemplateVariables& variables) const;
  std::uint32_t Walk(std::uint32_t node, const std::string* segment, std::size_t left) const;

  Route events_;
  std::vector<Route> routes_;
  std::vector<Node> nodes_ = std::vector<Node>(1);  // the first is the root
};

}  // namespace ringcast
