#include "app/run_settings.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "config/usable_memory.h"

namespace ringcast {
namespace {

// The memory of all histories on the smallest machine, when nothing says how much.
constexpr std::uint64_t kLeastAutomaticHistory = std::uint64_t{64} << 20;

template <class Lookup>
void Resolve(const std::vector<std::string>& names, const std::string& option, Lookup&& lookup,
             std::vector<std::uint32_t>& ids, std::vector<std::string>& mistakes) {
  for (const std::string& name : names) {
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos) {
      ids.push_back(static_cast<std::uint32_t>(std::stoul(name)));
      continue;
    }
    const std::optional<std::uint32_t> id = lookup(name.c_str());
    if (id) {
      ids.push_back(*id);
    } else {
      mistakes.push_back(option + ": this machine has no " + name +
                         "; name an existing one or give the number");
    }
  }
}

}  // namespace

AddressLimits::Options AddressLimitsOf(const ServeOptions& options) {
  return {.connections = options.max_connections_per_ip,
          .per_second = options.connection_rate_per_ip,
          .burst = options.connection_burst_per_ip};
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
  settings.origins = OriginPolicy(options.allow_origin);
  settings.trusted_proxies = TrustedProxies(options.trusted_proxy);
  return settings;
}

std::uint32_t ShareOf(std::uint64_t total, unsigned shards, unsigned number) {
  return static_cast<std::uint32_t>(total / shards + (number < total % shards ? 1 : 0));
}

std::variant<SequencerSettings, std::vector<std::string>> SequencerSettingsOf(
    const ServeOptions& options) {
  SequencerSettings settings;
  settings.history_events =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(options.history_events, UINT32_MAX));
  settings.history_bytes = options.history_bytes;
  settings.history_ttl = options.history_ttl;
  if (options.history_memory == 0) {
    // Publishers choose how many channels there are: without a limit they could fill the machine.
    settings.history_memory = std::max(kLeastAutomaticHistory, UsableMemory() / 4);
  } else if (options.history_memory != ServeOptions::kNoMemoryLimit) {
    settings.history_memory = options.history_memory;
  }
  settings.max_event_bytes = options.max_event_size;
  settings.max_batch_bytes = options.max_batch_size;
  settings.max_batch_events = options.max_batch_events;
  settings.max_publishers = options.max_publishers;
  settings.stall_timeout = options.stall_timeout;
  std::vector<std::string> mistakes;
  Resolve(
      options.publish_users, "publish-users",
      [](const char* name) -> std::optional<std::uint32_t> {
        const passwd* found = ::getpwnam(name);
        if (found == nullptr) return std::nullopt;
        return found->pw_uid;
      },
      settings.users, mistakes);
  Resolve(
      options.publish_groups, "publish-groups",
      [](const char* name) -> std::optional<std::uint32_t> {
        const group* found = ::getgrnam(name);
        if (found == nullptr) return std::nullopt;
        return found->gr_gid;
      },
      settings.groups, mistakes);
  if (!mistakes.empty()) return mistakes;
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
