#include "protocol/route_pattern.h"

#include <algorithm>
#include <utility>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::size_t kMaxVariableName = 64;

// pchar of RFC 3986 3.3 without escapes: what a segment is compared with is decoded.
bool IsFixedByte(char c) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@";
  return IsAlpha(c) || IsDigit(c) || kMarks.find(c) != std::string_view::npos;
}

Result<RoutePattern::Segment> ParseSegment(std::string_view text) {
  if (text.empty()) {
    return Error{
        "has an empty segment: a slash last or twice in a row; write each slash once, "
        "such as /api/session/{id}/events"};
  }
  if (text == "." || text == "..") {
    return Error{"has a segment . or .., which clients remove before they ask; leave it away"};
  }
  const std::size_t brace = text.find_first_of("{}");
  if (brace == std::string_view::npos) {
    if (std::all_of(text.begin(), text.end(), IsFixedByte)) {
      return RoutePattern::Segment{.variable = false, .text = std::string(text)};
    }
    return Error{
        "has a byte that no fixed segment may have; write letters, digits and "
        "- . _ ~ ! $ & ' ( ) * + , ; = : @, without percent escapes and without a query"};
  }
  if (text.front() != '{' || text.back() != '}' || text.find_first_of("{}", 1) != text.size() - 1) {
    return Error{"has a brace within a segment; a variable is one whole segment, such as /{id}/"};
  }
  const std::string_view name = text.substr(1, text.size() - 2);
  if (!IsVariableName(name)) {
    return Error{
        "has a variable without a proper name; write letters, digits and _, no digit "
        "first, such as {id}"};
  }
  return RoutePattern::Segment{.variable = true, .text = std::string(name)};
}

}  // namespace

bool IsVariableName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxVariableName && !IsDigit(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlpha(c) || IsDigit(c) || c == '_'; });
}

Result<RoutePattern> RoutePattern::Parse(std::string_view text) {
  if (!text.starts_with('/')) {
    return Error{"does not begin with a slash; write a path, such as /api/session/{id}/events"};
  }
  RoutePattern pattern;
  pattern.text_ = text;
  std::string_view rest = text.substr(1);
  for (bool last = false; !last;) {
    last = rest.find('/') == std::string_view::npos;
    Result<Segment> segment = ParseSegment(CutUntil(rest, '/'));
    if (!segment) return segment.error();
    if (segment->variable && pattern.HasVariable(segment->text)) {
      return Error{"names {" + segment->text + "} twice; give each variable a name of its own"};
    }
    if (pattern.segments_.size() == kMaxSegments) {
      return Error{"has more than " + std::to_string(kMaxSegments) + " segments"};
    }
    pattern.segments_.push_back(std::move(*segment));
  }
  return pattern;
}

bool RoutePattern::HasVariable(std::string_view name) const {
  return std::any_of(segments_.begin(), segments_.end(), [name](const Segment& segment) {
    return segment.variable && segment.text == name;
  });
}

RoutePattern::Relation RoutePattern::To(const RoutePattern& other) const {
  if (segments_.size() != other.segments_.size()) return Relation::kApart;
  bool narrower = false;  // somewhere fixed where the other one has a variable
  bool wider = false;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& mine = segments_[i];
    const Segment& theirs = other.segments_[i];
    if (!mine.variable && !theirs.variable && mine.text != theirs.text) return Relation::kApart;
    narrower = narrower || (!mine.variable && theirs.variable);
    wider = wider || (mine.variable && !theirs.variable);
  }
  if (narrower && wider) return Relation::kConflict;
  if (narrower) return Relation::kMoreSpecific;
  return wider ? Relation::kLessSpecific : Relation::kSame;
}

RoutePattern::Relation RoutePattern::ToTree(std::string_view first_segment) const {
  const Segment& first = segments_.front();
  if (first.variable) {
    // Of a path with one segment alone the tree has exactly one, which is the more specific.
    return segments_.size() == 1 ? Relation::kLessSpecific : Relation::kConflict;
  }
  return first.text == first_segment ? Relation::kMoreSpecific : Relation::kApart;
}

}  // namespace ringcast
