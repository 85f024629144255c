#include "protocol/route_table.h"

#include <algorithm>

#include "base/check.h"
#include "protocol/ascii.h"
#include "protocol/percent.h"

namespace ringcast {
namespace {

constexpr std::string_view kEncodedSlash = "The path has an encoded slash.";

// The segments of a path, decoded once; nothing when there are more than a route has, or an empty
// one.
std::optional<std::vector<std::string>> SegmentsOf(std::string_view path) {
  std::vector<std::string> segments;
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  for (bool last = false; !last;) {
    last = path.find('/') == std::string_view::npos;
    std::optional<std::string> segment = PercentDecode(CutUntil(path, '/'));
    if (!segment || segment->empty() || segments.size() == RoutePattern::kMaxSegments) {
      return std::nullopt;
    }
    segments.push_back(std::move(*segment));
  }
  return segments;
}

}  // namespace

std::string_view Route::allow() const {
  if (get && post) return "GET, HEAD, POST, OPTIONS";
  return post ? "POST, OPTIONS" : kStreamAllow;
}

bool Route::Takes(HttpMethod method) const {
  if (method == HttpMethod::kPost) return post;
  return get && (method == HttpMethod::kGet || method == HttpMethod::kHead);
}

RouteTable::RouteTable(Route events, std::vector<Route> routes)
    : events_(std::move(events)), routes_(std::move(routes)) {
  for (std::uint32_t i = 0; i < routes_.size(); ++i) {
    std::uint32_t node = 0;
    for (const RoutePattern::Segment& segment : routes_[i].path.segments()) {
      node = Child(node, segment);
    }
    RC_CHECK(nodes_[node].route == kNoIndex, "no two routes match the same paths");
    nodes_[node].route = i;
  }
}

// The node behind a segment, made when it is not there.
std::uint32_t RouteTable::Child(std::uint32_t node, const RoutePattern::Segment& segment) {
  const auto made = static_cast<std::uint32_t>(nodes_.size());
  if (segment.variable) {
    if (nodes_[node].variable != kNoIndex) return nodes_[node].variable;
    nodes_[node].variable = made;
  } else {
    auto& fixed = nodes_[node].fixed;
    const auto at = std::lower_bound(
        fixed.begin(), fixed.end(), segment.text,
        [](const auto& entry, const std::string& text) { return entry.first < text; });
    if (at != fixed.end() && at->first == segment.text) return at->second;
    fixed.insert(at, {segment.text, made});
  }
  nodes_.emplace_back();
  return made;
}

// The route that the segments lead to. Of all that match, which form a chain from the most specific
// to the least, the one with a fixed segment where they first differ is the most specific.
std::uint32_t RouteTable::Walk(std::uint32_t node, const std::string* segment,
                               std::size_t left) const {
  const Node& here = nodes_[node];
  if (left == 0) return here.route;
  const auto at = std::lower_bound(
      here.fixed.begin(), here.fixed.end(), *segment,
      [](const auto& entry, const std::string& text) { return entry.first < text; });
  if (at != here.fixed.end() && at->first == *segment) {
    const std::uint32_t found = Walk(at->second, segment + 1, left - 1);
    if (found != kNoIndex) return found;
  }
  return here.variable == kNoIndex ? kNoIndex : Walk(here.variable, segment + 1, left - 1);
}

const Route* RouteTable::Find(std::string_view path, TemplateVariables& variables) const {
  if (routes_.empty()) return nullptr;
  std::optional<std::vector<std::string>> segments = SegmentsOf(path);
  if (!segments) return nullptr;
  const std::uint32_t found = Walk(0, segments->data(), segments->size());
  if (found == kNoIndex) return nullptr;
  const Route& route = routes_[found];
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const RoutePattern::Segment& segment = route.path.segments()[i];
    if (segment.variable) variables.emplace_back(segment.text, std::move((*segments)[i]));
  }
  return &route;
}

RouteMatch RouteTable::Match(const RequestHead& head, std::size_t max_channels) const {
  RouteMatch match;
  match.target = ParseSubscribeTarget(head, max_channels);
  if (match.target.kind == RouteKind::kEvents || match.target.kind == RouteKind::kBadRequest) {
    match.route = &events_;
  }
  if (match.target.kind != RouteKind::kNotFound) return match;
  match.route = Find(head.path(), match.variables);
  if (match.route == nullptr) return match;
  match.target.kind = RouteKind::kEvents;
  match.target.last_event_id = ResumeIdOf(head);
  const bool slash = std::any_of(
      match.variables.begin(), match.variables.end(),
      [](const auto& variable) { return variable.second.find('/') != std::string::npos; });
  if (slash) {
    match.target.kind = RouteKind::kBadRequest;
    match.target.error = kEncodedSlash;
  }
  return match;
}

}  // namespace ringcast
