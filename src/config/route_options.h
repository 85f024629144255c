// A [[route]] of the file: a path of the application's own at which streams are served, and what is
// different for them.
//
// Threads: a plain value.
// Invariants (of what the loader returns): path and channels are sound (protocol/route_pattern.h,
// protocol/channel_template.h); every variable of a channel comes from the path, or from what
// authorizes the client; no two routes are in conflict.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hub/channel_terms.h"
#include "protocol/auth_mode.h"

namespace ringcast {

struct ServeOptions;
struct TableSpec;

struct RouteOptions {
  std::string path;                   // "/api/session/{id}/events"
  std::vector<std::string> channels;  // templates: "session:{id}"
  bool get = true;                    // and HEAD
  bool post = false;
  // Where one of these has no value, that of the options holds.
  std::optional<std::vector<std::string>> allow_origin;
  std::optional<std::chrono::milliseconds> heartbeat;  // 0: none
  std::optional<AuthMode> auth;                        // see AuthOf()
  std::string auth_url;                                // empty: that of the options
  std::vector<std::string> events;                     // types that are sent; empty: all
  // The rule for the channels that the templates name, as a [[channel]] would have it.
  std::optional<bool> strict;
  ChannelTermsChange terms;

  bool operator==(const RouteOptions&) const = default;
};

// Who decides about its streams: as it says, by an auth-url of its own, or as the options say.
AuthMode AuthOf(const RouteOptions& route, const ServeOptions& options);

extern const TableSpec kRouteTable;

}  // namespace ringcast
