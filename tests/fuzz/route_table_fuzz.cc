// From a request's target to a route: of any set of routes without conflicts, the one that
// comparing segment with segment finds to be the most specific, with the values that stand in the
// path, decoded exactly once; and a channel's name is made of them exactly if each of them is fit
// for it.
//
// Input: patterns and templates, a line each, told apart by the slash at a pattern's front; an
// empty line; a target.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/channel_name.h"
#include "protocol/percent.h"
#include "protocol/request_parser.h"
#include "protocol/route_table.h"

namespace ringcast {
namespace {

using test::FuzzInput;
using Texts = std::vector<std::string>;
using Relation = RoutePattern::Relation;

constexpr std::size_t kMostRoutes = 50;

Texts SplitAt(std::string_view text, char separator) {
  Texts parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// The values of a pattern's variables in a path, when it matches.
std::optional<TemplateVariables> MatchPlainly(const std::string& pattern, std::string_view path) {
  const Texts wanted = SplitAt(pattern, '/');
  const Texts given = SplitAt(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  TemplateVariables variables;
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    const std::optional<std::string> segment = PercentDecode(given[i]);
    if (!segment || segment->empty()) return std::nullopt;
    if (wanted[i].front() == '{') {
      variables.emplace_back(wanted[i].substr(1, wanted[i].size() - 2), *segment);
    } else if (wanted[i] != *segment) {
      return std::nullopt;
    }
  }
  return variables;
}

void CheckRelation(const RoutePattern& left, const RoutePattern& right) {
  const Relation there = left.To(right);
  const Relation back = right.To(left);
  switch (there) {
    case Relation::kApart:
    case Relation::kSame:
    case Relation::kConflict:
      RC_CHECK(back == there, "these hold in both directions");
      break;
    case Relation::kMoreSpecific:
      RC_CHECK(back == Relation::kLessSpecific, "one is more specific, the other less");
      break;
    case Relation::kLessSpecific:
      RC_CHECK(back == Relation::kMoreSpecific, "one is less specific, the other more");
      break;
  }
}

// How a pattern relates to everything below a fixed first segment.
void CheckTree(const RoutePattern& pattern) {
  constexpr std::string_view kTree = "events";
  const Result<RoutePattern> one = RoutePattern::Parse("/events");
  const Relation relation = pattern.ToTree(kTree);
  const std::string& first = pattern.segments().front().text;
  if (!pattern.segments().front().variable) {
    RC_CHECK((relation == Relation::kApart) == (first != kTree), "other trees are apart");
  } else if (pattern.segments().size() == 1) {
    RC_CHECK(relation == pattern.To(*one), "a tree has one path of one segment");
  } else {
    RC_CHECK(relation == Relation::kConflict, "neither is the more specific one everywhere");
  }
}

// Those of the patterns that may stand beside one another.
std::vector<RoutePattern> Compatible(const Texts& texts) {
  std::vector<RoutePattern> patterns;
  for (const std::string& text : texts) {
    const Result<RoutePattern> parsed = RoutePattern::Parse(text);
    if (!parsed) {
      RC_CHECK(!parsed.error().message.empty(), "a refusal has a reason");
      continue;
    }
    RC_CHECK(parsed->text() == text, "a pattern is kept as it was written");
    CheckTree(*parsed);
    bool fits = patterns.size() < kMostRoutes;
    for (const RoutePattern& other : patterns) {
      CheckRelation(*parsed, other);
      const Relation relation = parsed->To(other);
      fits = fits && relation != Relation::kSame && relation != Relation::kConflict;
    }
    if (fits) patterns.push_back(*parsed);
  }
  return patterns;
}

void CheckNames(const std::vector<ChannelTemplate>& templates, const TemplateVariables& variables) {
  for (const ChannelTemplate& channel : templates) {
    std::string plain;
    bool whole = true;
    for (const ChannelTemplate::Part& part : channel.parts()) {
      const std::string* value =
          part.variable ? FindTemplateVariable(variables, part.text) : &part.text;
      whole = whole && value != nullptr && !value->empty() &&
              (!part.variable || value->find('/') == std::string::npos);
      if (whole) plain += *value;
    }
    std::string name;
    const std::string_view why = channel.Fill(variables, name);
    RC_CHECK(why.empty() == (whole && IsValidChannelName(plain)), "a name is made of fit values");
    RC_CHECK(!why.empty() || name == plain, "a name is its parts one behind the other");
  }
}

void Check(const Texts& texts, const std::vector<ChannelTemplate>& templates,
           const std::string& target) {
  const std::vector<RoutePattern> patterns = Compatible(texts);
  std::vector<Route> routes;
  for (const RoutePattern& pattern : patterns) routes.emplace_back().path = pattern;
  const RouteTable table(Route{}, std::move(routes));

  RequestParser parser;
  const std::string wire = "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
  if (parser.Feed(wire).status != ParseStatus::kComplete) return;
  const RequestHead& head = parser.head();
  const RouteMatch found = table.Match(head, kMaxChannelsPerSubscribe);
  const SubscribeTarget built_in = ParseSubscribeTarget(head);
  if (built_in.kind != RouteKind::kNotFound) {
    RC_CHECK(found.target.kind == built_in.kind && found.target.channels == built_in.channels,
             "what is there without routes stays as it is");
    return;
  }
  const RoutePattern* best = nullptr;
  TemplateVariables values;
  for (const RoutePattern& pattern : patterns) {
    const auto variables = MatchPlainly(pattern.text(), head.path());
    if (!variables) continue;
    if (best != nullptr && pattern.To(*best) != Relation::kMoreSpecific) continue;
    best = &pattern;
    values = *variables;
  }
  RC_CHECK((found.route != nullptr) == (best != nullptr), "a path matches or it does not");
  if (best == nullptr) return;
  RC_CHECK(found.route->path.text() == best->text(), "the most specific route is found");
  RC_CHECK(found.variables == values, "values are what the path says");
  const bool slash = std::any_of(values.begin(), values.end(), [](const auto& variable) {
    return variable.second.find('/') != std::string::npos;
  });
  RC_CHECK((found.target.kind == RouteKind::kBadRequest) == slash, "an encoded slash is refused");
  CheckNames(templates, values);
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  ringcast::Texts patterns;
  std::vector<ringcast::ChannelTemplate> templates;
  while (!input.empty()) {
    const std::string line(input.Line());
    if (line.empty()) break;
    if (line.front() == '/') {
      patterns.push_back(line);
    } else if (auto channel = ringcast::ChannelTemplate::Parse(line)) {
      templates.push_back(std::move(*channel));
    }
  }
  ringcast::Check(patterns, templates, std::string(input.Rest()));
  return 0;
}
