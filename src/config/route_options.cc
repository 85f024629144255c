#include "config/route_options.h"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "base/units.h"
#include "config/auth_target.h"
#include "config/config_table.h"
#include "config/option_parsers.h"
#include "config/options.h"
#include "protocol/auth_url.h"
#include "protocol/channel_template.h"
#include "protocol/event.h"
#include "protocol/route_pattern.h"

namespace ringcast {

namespace option_parsers {
template <>
RouteOptions& RowOf<RouteOptions>(ServeOptions& options) {
  return options.routes.back();
}
}  // namespace option_parsers

namespace {

using namespace option_parsers;  // NOLINT: the table below is made of them

// Each is compared with each when the file is read.
constexpr std::size_t kMaxRoutes = 1000;

using R = RouteOptions;
using K = ValueKind;

RouteOptions& Last(ServeOptions& options) { return RowOf<RouteOptions>(options); }

Status ParsePath(std::string_view text, ServeOptions& options) {
  const Result<RoutePattern> pattern = RoutePattern::Parse(text);
  if (!pattern) return Error{Quoted(text) + " " + pattern.error().message};
  Last(options).path = text;
  return Done{};
}

Status ParseChannel(std::string_view text, ServeOptions& options) {
  const Result<ChannelTemplate> channel = ChannelTemplate::Parse(text);
  if (!channel) return Error{Quoted(text) + " " + channel.error().message};
  Last(options).channels.emplace_back(text);
  return Done{};
}

Status ParseMethod(std::string_view text, ServeOptions& options) {
  if (text == "GET") {
    Last(options).get = true;
  } else if (text == "POST") {
    Last(options).post = true;
  } else {
    return Error{Quoted(text) + " is no method of a stream; write GET, with which HEAD comes, or " +
                 "POST"};
  }
  return Done{};
}

void ClearMethods(ServeOptions& options) {
  Last(options).get = false;
  Last(options).post = false;
}

Status ParseRouteOrigin(std::string_view text, ServeOptions& options) {
  Result<std::string> origin = ParseOrigin(text);
  if (!origin) return origin.error();
  Last(options).allow_origin->push_back(std::move(*origin));
  return Done{};
}

void ClearOrigins(ServeOptions& options) { Last(options).allow_origin.emplace(); }

Status ParseEventType(std::string_view text, ServeOptions& options) {
  if (text.empty()) return Error{"\"\" is no type; events without a type are called message"};
  const EventError error = ValidateEvent({.type = text, .data = {}}, 0);
  if (error != EventError::kNone) {
    return Error{Quoted(text) + " is no event type: " + std::string(Describe(error))};
  }
  Last(options).events.emplace_back(text);
  return Done{};
}

Status ParseRouteAuth(std::string_view text, ServeOptions& options) {
  const Result<AuthMode> auth = ParseAuthMode(text);
  if (!auth) return auth.error();
  Last(options).auth = *auth;
  return Done{};
}

constexpr std::array kKeys{
    TableKey{
        "path", "\"/api/session/{id}/events\"", "",
        "Path at which the streams are; {id} is a variable, which stands for one whole segment",
        K::kText, Presence::kRequired, ParsePath, nullptr},
    TableKey{"channels", "[\"session:{id}\"]", "",
             "Channels of each stream; {id} is the path's variable of that name, else what "
             "authorizes the client has it",
             K::kText, Presence::kRequired, ParseChannel, Clear<&R::channels>},
    TableKey{"methods", "GET|POST", "GET",
             "Methods that open a stream; HEAD comes with GET; the body of a POST is read and "
             "dropped",
             K::kChoice, Presence::kOptional, ParseMethod, ClearMethods},
    TableKey{"allow-origin", "ORIGIN", "the option allow-origin",
             "Web origin whose pages may read these streams (CORS), or *", K::kOrigin,
             Presence::kOptional, ParseRouteOrigin, ClearOrigins},
    TableKey{"heartbeat", "TIME", "the option heartbeat",
             "Comment sent on a stream that was quiet this long", K::kDuration, Presence::kOptional,
             ParseHeartbeatInto<&R::heartbeat>, nullptr},
    TableKey{"events", "TYPE", "all",
             "Event types that are sent, besides the server's own; an event without a type is a "
             "message",
             K::kText, Presence::kOptional, ParseEventType, Clear<&R::events>},
    TableKey{"strict", "true|false", "false",
             "Whether these channels must be created before they are used, wherever they are "
             "asked for; this and the next three are the rule for them, unless a [[channel]] "
             "matches first",
             K::kSwitch, Presence::kOptional, ParseSwitchInto<&R::strict>, nullptr},
    TableKey{"history-events", "N", "the option history-events",
             "Most events kept of each of these channels, or off", K::kCount, Presence::kOptional,
             ParseTerm<&R::terms, kHistoryEvents>, nullptr},
    TableKey{"history-bytes", "SIZE", "the option history-bytes", "Most bytes kept of each",
             K::kSize, Presence::kOptional, ParseTerm<&R::terms, kHistoryBytes>, nullptr},
    TableKey{"history-ttl", "TIME", "the option history-ttl", "Oldest event kept, or off",
             K::kDuration, Presence::kOptional, ParseTerm<&R::terms, kHistoryTtl>, nullptr},
    TableKey{"auth", "none|token|url", "url with an auth-url here, else the option auth",
             "Who decides whether a client may subscribe", K::kChoice, Presence::kOptional,
             ParseRouteAuth, nullptr},
    TableKey{"auth-url", "URL", "the option auth-url",
             "Address of the application that is asked about these streams", K::kUrl,
             Presence::kOptional, ParseAuthUrlInto<&R::auth_url>, nullptr},
};

std::string VariableNames(const RoutePattern& path) {
  std::string names;
  for (const RoutePattern::Segment& segment : path.segments()) {
    if (segment.variable) names += (names.empty() ? "{" : ", {") + segment.text + "}";
  }
  return names.empty() ? "no variable" : names;
}

void CheckVariables(const RouteOptions& route, AuthMode auth, const RoutePattern& path,
                    const ConfigRow& row, std::vector<std::string>& errors) {
  if (auth != AuthMode::kNone) return;
  for (std::size_t i = 0; i < route.channels.size(); ++i) {
    const Result<ChannelTemplate> channel = ChannelTemplate::Parse(route.channels[i]);
    for (const ChannelTemplate::Part& part : channel->parts()) {
      if (!part.variable || path.HasVariable(part.text)) continue;
      errors.push_back(row.Where("channels", i) + ": {" + part.text +
                       "} has no value: the path has " + VariableNames(path) +
                       ", and nothing authorizes the client that could tell it");
    }
  }
}

void CheckRoute(const RouteOptions& route, const ConfigRow& row, const RoutePattern& path,
                const ServeOptions& options, std::vector<std::string>& errors) {
  if (route.channels.empty()) {
    errors.push_back(row.Where("channels") + ": names no channel; write one, such as session:{id}");
  }
  if (route.channels.size() > options.max_channels_per_stream) {
    errors.push_back(row.Where("channels") + ": names more channels than max-channels-per-stream " +
                     "allows, which is " + std::to_string(options.max_channels_per_stream));
  }
  if (!route.get && !route.post) {
    errors.push_back(row.Where("methods") + ": allows nothing; write GET, POST or both");
  }
  const AuthMode auth = AuthOf(route, options);
  if (route.auth == AuthMode::kToken && options.jwt_key.empty()) {
    errors.push_back(row.Where("auth") + ": \"token\" needs a key to verify it with; name a key " +
                     "with jwt-key");
  }
  CheckVariables(route, auth, path, row, errors);
  if (auth == AuthMode::kUrl && route.auth_url.empty() && options.auth_url.empty()) {
    errors.push_back(row.Where("auth") + ": url asks the application, but nothing says where it " +
                     "is; add auth-url, such as http://127.0.0.1:3000/sse-auth");
  }
  if (route.auth_url.empty()) return;
  const std::string fault = AuthUrlFault(route.auth_url, options);
  if (!fault.empty()) errors.push_back(row.Where("auth-url") + ": " + fault);
}

// The paths that are there without a route.
void CheckBuiltIn(const RoutePattern& path, const ConfigRow& row,
                  std::vector<std::string>& errors) {
  using Relation = RoutePattern::Relation;
  const Relation events = path.ToTree("events");
  if (events == Relation::kMoreSpecific) {
    errors.push_back(row.Where("path") +
                     ": lies in /events, where every channel is served; choose another path");
  } else if (events == Relation::kConflict) {
    errors.push_back(row.Where("path") + ": also means paths below /events, where every channel " +
                     "is served; begin with a fixed segment, such as /api");
  }
  if (path.text() == "/health") {
    errors.push_back(row.Where("path") + ": is the path at which proxies ask for the daemon's " +
                     "health; choose another one");
  }
}

// Each pair of routes that shares a path is told once, at the later one.
void CheckConflicts(const std::vector<RoutePattern>& paths, std::span<const ConfigRow> rows,
                    std::vector<std::string>& errors) {
  using Relation = RoutePattern::Relation;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const Relation relation = paths[i].To(paths[k]);
      if (relation == Relation::kSame) {
        errors.push_back(rows[i].Where("path") + ": matches the same paths as " + paths[k].text() +
                         " (" + rows[k].PlaceOf("path") + "); keep one of them");
      } else if (relation == Relation::kConflict) {
        errors.push_back(rows[i].Where("path") + ": some paths match " + paths[k].text() + " (" +
                         rows[k].PlaceOf("path") + ") as well, and neither is the more specific; " +
                         "make one differ in a fixed segment");
      }
    }
  }
}

void CheckRoutes(const ServeOptions& options, std::span<const ConfigRow> rows,
                 std::vector<std::string>& errors) {
  if (rows.size() > kMaxRoutes) {
    errors.push_back(rows[kMaxRoutes].place + ": route: is one route too many; there may be " +
                     std::to_string(kMaxRoutes));
    return;
  }
  std::vector<RoutePattern> paths;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    paths.push_back(*RoutePattern::Parse(options.routes[i].path));
    CheckRoute(options.routes[i], rows[i], paths.back(), options, errors);
    CheckBuiltIn(paths.back(), rows[i], errors);
  }
  CheckConflicts(paths, rows, errors);
}

}  // namespace

AuthMode AuthOf(const RouteOptions& route, const ServeOptions& options) {
  return route.auth.value_or(route.auth_url.empty() ? options.default_auth() : AuthMode::kUrl);
}

constinit const TableSpec kRouteTable{
    .name = "route",
    .help = "A path of the application's own at which streams are served",
    .keys = kKeys,
    .tables = {},
    .add = RowsOf<&ServeOptions::routes>::Add,
    .check = CheckRoutes,
    .same = RowsOf<&ServeOptions::routes>::Same,
    .count = RowsOf<&ServeOptions::routes>::Count};

}  // namespace ringcast
