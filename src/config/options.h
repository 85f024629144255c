// Everything `ringcast serve` can be told, as one plain struct with its defaults. How each option
// is spelled on the command line, in the environment and in the file is in option_table.h; how they
// are joined is in options_loader.h.
//
// Threads: a plain value; the daemon's threads only read it.
// Invariants (of what the loader returns): every value lies in the range given in option_table.cc;
// publish_socket is not empty; listen has at least one address and no address is used twice; where
// publish_listen has one there is a key for tokens.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "access/token_algorithm.h"
#include "base/log_sink.h"
#include "config/listen_address.h"
#include "config/route_options.h"
#include "protocol/auth_mode.h"

namespace ringcast {

enum class LogFormat : std::uint8_t {
  kAuto,      // kJournald when standard error is the journal, else kText
  kJournald,  // "<6>message": the journal adds the time itself
  kText,      // time, level, message
  kJson,      // one object a line
};

// Where options came from: all that is needed to load them again after SIGHUP.
struct OptionSources {
  struct Value {
    std::string name;                 // the option's kebab-case name, "max-connections"
    std::vector<std::string> values;  // as typed; several for a repeatable option
    bool operator==(const Value&) const = default;
  };
  std::vector<Value> flags;
  // Only variables called RINGCAST_*, with that whole name, and what DefaultPublishSocket needs.
  std::vector<std::pair<std::string, std::string>> environment;
  std::string config_file;  // empty: no file
  bool operator==(const OptionSources&) const = default;
};

struct ServeOptions {
  // Listeners.
  std::vector<ListenAddress> listen = {ListenAddress::Tcp("127.0.0.1", 8080)};
  ListenAddress admin = ListenAddress::Tcp("127.0.0.1", 9180);
  std::vector<std::string> allow_origin;   // "*" or origins such as "https://example.org"
  std::vector<std::string> trusted_proxy;  // networks such as "10.0.0.0/8", or "unix"

  // Who may subscribe. Without a word about it: whoever has a token where a key is given, else all.
  std::optional<AuthMode> auth;
  std::vector<std::string> jwt_key;           // "[KID:]FILE"
  std::vector<TokenAlgorithm> jwt_algorithm;  // empty: those of the keys
  std::string jwt_audience;                   // empty: not looked at
  std::string jwt_issuer;                     // empty: not looked at
  std::chrono::milliseconds jwt_leeway = std::chrono::seconds(30);
  std::string jwt_cookie;  // empty: no cookie is looked at
  std::string jwt_query;   // empty: the query is not looked at

  // Publishing.
  std::string publish_socket;  // path; the loader fills in the default
  // For publishers on other hosts: TCP alone.
  std::vector<ListenAddress> publish_listen;
  std::uint32_t publish_mode = 0660;         // permission bits of the socket file
  std::vector<std::string> publish_users;    // names or numeric ids; with both lists empty
  std::vector<std::string> publish_groups;   // only publish_mode decides
  std::uint64_t max_event_size = 1u << 20;   // bytes of one event's data
  std::uint64_t max_batch_size = 16u << 20;  // bytes of one NDJSON request
  std::uint64_t max_batch_events = 100'000;  // lines of one NDJSON request
  std::uint32_t max_publishers = 256;        // publisher connections at a time
  // For so long a publisher's idempotency key is remembered; 0: it means nothing.
  std::chrono::milliseconds idempotency_window = std::chrono::minutes(5);

  // Capacity.
  std::uint32_t shards = 0;                   // 0: one per core this process may use
  bool pin_shards = false;                    // bind each shard's thread to one core
  std::uint64_t max_connections = 0;          // 0: what memory and limits allow
  std::uint64_t max_connections_per_ip = 0;   // 0: no limit
  std::uint64_t connection_rate_per_ip = 0;   // connections a second; 0: no limit
  std::uint64_t connection_burst_per_ip = 0;  // at once, while the rate is limited; 0: the rate
  std::uint32_t max_channels_per_stream = 64;
  std::uint32_t max_subscribers_per_channel = 0;  // 0: no limit

  // History of each channel. The first bound reached drops the oldest events.
  std::uint64_t history_events = 1000;  // 0: none are kept
  std::uint64_t history_bytes = 1u << 20;
  std::chrono::milliseconds history_ttl = std::chrono::minutes(5);  // 0: no age limit
  // Bytes of all channels' histories together. 0: a share of the machine's memory.
  static constexpr std::uint64_t kNoMemoryLimit = UINT64_MAX;
  std::uint64_t history_memory = 0;

  // Times of a connection.
  std::chrono::milliseconds heartbeat = std::chrono::seconds(15);         // 0: none
  std::chrono::milliseconds idle_timeout = std::chrono::hours(1);         // 0: never
  std::chrono::milliseconds max_lifetime = std::chrono::milliseconds(0);  // 0: no limit
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds header_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds retry = std::chrono::seconds(3);          // told to clients as `retry:`
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(5);  // 0: close all at once

  // Log.
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kAuto;

  // Tables of the file, in its order.
  std::vector<RouteOptions> routes;

  // Load again with LoadServeOptions(options.sources), as SIGHUP does.
  OptionSources sources;

  // What holds for /events, and for routes that do not say.
  AuthMode default_auth() const {
    return auth.value_or(jwt_key.empty() ? AuthMode::kNone : AuthMode::kToken);
  }

  bool operator==(const ServeOptions&) const = default;
};

}  // namespace ringcast
