#include "app/run_settings.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log_sink.h"
#include "config/usable_memory.h"
#include "doctor/account_checks.h"
#include "doctor/key_checks.h"
#include "protocol/auth_url.h"

namespace ringcast {

AddressLimits::Options AddressLimitsOf(const ServeOptions& options) {
  return {.connections = options.max_connections_per_ip,
          .per_second = options.connection_rate_per_ip,
          .burst = options.connection_burst_per_ip};
}

std::shared_ptr<const RouteTable> RouteTableOf(const ServeOptions& options) {
  // What the loader has let pass parses.
  const OriginPolicy origins(options.allow_origin);
  const AuthUrl auth_url = options.auth_url.empty() ? AuthUrl() : *ParseAuthUrl(options.auth_url);
  Route events;
  events.origins = origins;
  events.auth = options.default_auth();
  events.auth_url = auth_url;
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
    route.auth = AuthOf(option, options);
    route.auth_url = option.auth_url.empty() ? auth_url : *ParseAuthUrl(option.auth_url);
  }
  return std::make_shared<const RouteTable>(std::move(events), std::move(routes));
}

ShardSettings ShardSettingsOf(const ServeOptions& options, std::uint32_t capacity,
                              std::uint64_t max_connections,
                              std::shared_ptr<const TokenVerifier> tokens) {
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
  settings.tokens = std::move(tokens);
  settings.bearer = {.cookie = options.jwt_cookie, .query = options.jwt_query};
  settings.auth_timeout = options.auth_timeout;
  settings.auth_concurrency = options.auth_concurrency;
  return settings;
}

// Those of tables of their own first, then what routes say of the channels that they name.
std::vector<ChannelRule> ChannelRulesOf(const ServeOptions& options) {
  std::vector<ChannelRule> rules(options.channel_rules.begin(), options.channel_rules.end());
  for (const RouteOptions& route : options.routes) {
    if (!route.strict && route.terms == ChannelTermsChange{}) continue;
    for (const std::string& channel : route.channels) {
      rules.push_back({.match = channel, .strict = route.strict, .terms = route.terms});
    }
  }
  return rules;
}

GateSettings GateSettingsOf(const ServeOptions& options) {
  return {.timeout = options.auth_timeout,
          .concurrency = options.auth_concurrency,
          .cache = options.auth_cache};
}

std::variant<SequencerSettings, std::vector<Finding>> SequencerSettingsOf(
    const ServeOptions& options, std::shared_ptr<const TokenVerifier> tokens) {
  SequencerSettings settings;
  settings.tokens = std::move(tokens);
  settings.history_events =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(options.history_events, UINT32_MAX));
  settings.history_bytes = options.history_bytes;
  settings.history_ttl = options.history_ttl;
  settings.history_memory = HistoryMemory(options, UsableMemory());
  settings.channel_rules = ChannelRulesOf(options);
  settings.max_channels = options.max_channels;
  settings.ended_ttl = options.ended_ttl;
  settings.max_event_bytes = options.max_event_size;
  settings.max_batch_bytes = options.max_batch_size;
  settings.max_batch_events = options.max_batch_events;
  settings.max_publishers = options.max_publishers;
  settings.stall_timeout = options.stall_timeout;
  settings.header_timeout = options.header_timeout;
  settings.idempotency_window = options.idempotency_window;
  settings.origins = OriginPolicy(options.allow_origin);
  settings.trusted_proxies = TrustedProxies(options.trusted_proxy);
  settings.address_limits = AddressLimitsOf(options);
  PublishAccounts accounts = ResolveAccounts(options);
  if (!accounts.missing.empty()) return std::move(accounts.missing);
  settings.users = std::move(accounts.users);
  settings.groups = std::move(accounts.groups);
  // With a list, the daemon's own user may publish as well: it owns the socket.
  if (!settings.users.empty() || !settings.groups.empty()) settings.users.push_back(::geteuid());
  return settings;
}

std::variant<std::shared_ptr<const TokenVerifier>, std::vector<Finding>> TokenVerifierOf(
    const ServeOptions& options) {
  TokenKeys keys = LoadTokenKeys(options);
  if (!keys.errors.empty()) return std::move(keys.errors);
  for (const Finding& doubt : keys.warnings) Log(LogLevel::kWarning, doubt.what);
  return std::move(keys.verifier);
}

Millis UserTimeoutOf(const ServeOptions& options) {
  // A peer that acknowledges nothing is gone when two heartbeats have had no answer. The kernel
  // counts a peer that answers but has no room (a closed window) in the same way; that one is
  // judged by the stall timeout, which must come first.
  const Millis silence = options.heartbeat.count() > 0 ? options.heartbeat * 2 : Millis{30'000};
  return std::max(silence, options.stall_timeout * 2);
}

}  // namespace ringcast
