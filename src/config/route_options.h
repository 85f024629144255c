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

#include "protocol/auth_mode.h"

namespace ringcast {

struct TableSpec;

struct RouteOptions {
  std::string path;                   // "/api/session/{id}/events"
  std::vector<std::string> channels;  // templates: "session:{id}"
  bool get = true;                    // and HEAD
  bool post = false;
  // Where one of these has no value, that of the options holds.
  std::optional<std::vector<std::string>> allow_origin;
  std::optional<std::chrono::milliseconds> heartbeat;  // 0: none
  std::optional<AuthMode> auth;
  std::vector<std::string> events;  // types that are sent; empty: all

  bool operator==(const RouteOptions&) const = default;
};

extern const TableSpec kRouteTable;

}  // namespace ringcast
