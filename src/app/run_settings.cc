#include "app/run_settings.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "config/usable_memory.h"
#include "doctor/account_checks.h"

namespace ringcast {

AddressLimits::Options AddressLimitsOf(const ServeOptions& options) {
  return {.connections = options.max_connections_per_ip,
          .per_second = options.connection_rate_per_ip,
          .burst = options.connection_burst_per_ip};
}

std::shared_ptr<const RouteTable> RouteTableOf(const ServeOptions& options) {
  // What the loader has let pass parses.
  const OriginPolicy origins(options.allow_origin);
  Route events;
  events.origins = origins;
  std::vector<Route> routes;
  for (const RouteOptions& option : options.routes) {
    Route& route = routes.emplace_back();
    route.path = *RoutePattern::Parse(option.path);
    for (const std::string& channel : option.channels) {
      route.channels.push_back(*ChannelTemplate::Parse(channel));
    }
    route.get = option.get;
    route.post = option.post;
    route.origins = option.allow_origin ? OriginPolicy(*option.allow_origin) : origins;
    route.heartbeat = option.heartbeat;
    route.events = EventFilter(option.events);
    route.auth = option.auth.value_or(AuthMode::kNone);
  }
  return std::make_shared<const RouteTable>(std::move(events), std::move(routes));
}

ShardSettings ShardSettingsOf(const ServeOptions& options, std::uint32_t capacity,
                              std::uint64_t max_connections) {
  ShardSettings settings;
  settings.capacity = capacity;
  settings.max_connections = max_connections;
  settings.address_limits = AddressLimitsOf(options);
  settings.max_channels_per_stream = options.max_channels_per_stream;
  settings.max_subscribers_per_channel = options.max_subscribers_per_channel;
  settings.heartbeat = options.heartbeat;
  settings.idle_timeout = options.idle_timeout;
  settings.max_lifetime = options.max_lifetime;
  settings.stall_timeout = options.stall_timeout;
  settings.header_timeout = options.header_timeout;
  settings.retry = options.retry;
  settings.drain_timeout = options.drain_timeout;
  settings.routes = RouteTableOf(options);
  settings.trusted_proxies = TrustedProxies(options.trusted_proxy);
  return settings;
}

std::variant<SequencerSettings, std::vector<Finding>> SequencerSettingsOf(
    const ServeOptions& options) {
  SequencerSettings settings;
  settings.history_events =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(options.history_events, UINT32_MAX));
  settings.history_bytes = options.history_bytes;
  settings.history_ttl = options.history_ttl;
  settings.history_memory = HistoryMemory(options, UsableMemory());
  settings.max_event_bytes = options.max_event_size;
  settings.max_batch_bytes = options.max_batch_size;
  settings.max_batch_events = options.max_batch_events;
  settings.max_publishers = options.max_publishers;
  settings.stall_timeout = options.stall_timeout;
  PublishAccounts accounts = ResolveAccounts(options);
  if (!accounts.missing.empty()) return std::move(accounts.missing);
  settings.users = std::move(accounts.users);
  settings.groups = std::move(accounts.groups);
  // With a list, the daemon's own user may publish as well: it owns the socket.
  if (!settings.users.empty() || !settings.groups.empty()) settings.users.push_back(::geteuid());
  return settings;
}

Millis UserTimeoutOf(const ServeOptions& options) {
  // A peer that acknowledges nothing is gone when two heartbeats have had no answer. The kernel
  // counts a peer that answers but has no room (a closed window) in the same way; that one is
  // judged by the stall timeout, which must come first.
  const Millis silence = options.heartbeat.count() > 0 ? options.heartbeat * 2 : Millis{30'000};
  return std::max(silence, options.stall_timeout * 2);
}

}  // namespace ringcast
