#include "doctor/network_checks.h"

#include <algorithm>
#include <string>

#include "uring/listener.h"

namespace ringcast {
namespace {

bool HasTcp(const ServeOptions& options) {
  return std::any_of(options.listen.begin(), options.listen.end(),
                     [](const ListenAddress& a) { return a.kind == ListenAddress::Kind::kTcp; });
}

bool IsLoopback(const ListenAddress& address) {
  return address.kind == ListenAddress::Kind::kTcp &&
         (address.host.starts_with("127.") || address.host == "::1");
}

}  // namespace

Finding CheckBacklog(const Machine& machine) {
  constexpr std::string_view kCheck = "backlog";
  const std::optional<std::int64_t> most = machine.Number("/proc/sys/net/core/somaxconn");
  if (!most) return Finding::Note(kCheck, "net.core.somaxconn cannot be read", {});
  const std::string seen = "net.core.somaxconn = " + std::to_string(*most) +
                           "; each listener asks for " + std::to_string(kMaxBacklog);
  if (*most >= kMaxBacklog) return Finding::Ok(kCheck, seen);
  return Finding::Warning(kCheck, seen,
                          "When many connect at once, as after a restart, the kernel drops what "
                          "finds the backlog full; clients try again after a second or more.",
                          "sysctl -w net.core.somaxconn=" + std::to_string(kMaxBacklog));
}

Finding CheckMigration(const Machine& machine, const ServeOptions& options) {
  constexpr std::string_view kCheck = "tcp-migrate-req";
  if (!HasTcp(options)) return Finding::Ok(kCheck, "no TCP listener, nothing to migrate");
  const std::optional<std::int64_t> value = machine.Number("/proc/sys/net/ipv4/tcp_migrate_req");
  if (!value) return Finding::Note(kCheck, "net.ipv4.tcp_migrate_req cannot be read", {});
  const std::string seen = "net.ipv4.tcp_migrate_req = " + std::to_string(*value);
  if (*value != 0) return Finding::Ok(kCheck, seen);
  return Finding::Note(kCheck, seen,
                       "What waits at a listener when it closes in a drain is reset; with 1 it "
                       "goes to another listener of the address, such as the next server's.",
                       "sysctl -w net.ipv4.tcp_migrate_req=1");
}

Finding CheckConntrack(const Machine& machine, const ShardPlan& plan) {
  constexpr std::string_view kCheck = "conntrack";
  const std::string directory = "/proc/sys/net/netfilter/";
  const std::optional<std::int64_t> most = machine.Number(directory + "nf_conntrack_max");
  if (!most) return Finding::Ok(kCheck, "connection tracking is not loaded");
  const std::int64_t used = machine.Number(directory + "nf_conntrack_count").value_or(0);
  const auto wanted = static_cast<std::int64_t>(plan.connections);
  const std::string seen = "net.netfilter.nf_conntrack_max = " + std::to_string(*most) + ", " +
                           std::to_string(used) + " in use; " + std::to_string(wanted) +
                           " connections take an entry each where a firewall tracks them";
  if (*most - used >= wanted) return Finding::Ok(kCheck, seen);
  return Finding::Warning(
      kCheck, seen,
      "When the table is full new connections are dropped without an answer, "
      "those of other services too.",
      "sysctl -w net.netfilter.nf_conntrack_max=" + std::to_string(2 * (wanted + used)) +
          ", or leave the port untracked (notrack)");
}

Finding CheckLocalPorts(const Machine& machine, const ServeOptions& options,
                        const ShardPlan& plan) {
  constexpr std::string_view kCheck = "local-ports";
  const auto local = std::count_if(options.listen.begin(), options.listen.end(), IsLoopback);
  if (local == 0 || local != static_cast<std::ptrdiff_t>(options.listen.size())) {
    return Finding::Ok(kCheck, "not only on loopback: no proxy of this machine is the only client");
  }
  const std::vector<std::int64_t> range = machine.Numbers("/proc/sys/net/ipv4/ip_local_port_range");
  if (range.size() != 2 || range[1] < range[0]) {
    return Finding::Note(kCheck, "net.ipv4.ip_local_port_range cannot be read", {});
  }
  const std::int64_t ports = (range[1] - range[0] + 1) * local;
  const auto wanted = static_cast<std::int64_t>(plan.connections);
  const std::string seen = "net.ipv4.ip_local_port_range = \"" + std::to_string(range[0]) + " " +
                           std::to_string(range[1]) + "\": a proxy on this machine opens at most " +
                           std::to_string(ports) + " connections from one address to " +
                           std::to_string(local) + " loopback addresses; " +
                           std::to_string(wanted) + " are served";
  if (ports >= wanted) return Finding::Ok(kCheck, seen);
  const std::string why =
      "A connection needs a port of its own at the proxy for each address and port that it "
      "connects to.";
  const std::string fix =
      "listen on a UNIX socket (`--listen unix:/run/ringcast/events.sock`) or on several ports, or "
      "`sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"`";
  // Nobody asked for so many.
  if (options.max_connections == 0) return Finding::Note(kCheck, seen, why, fix);
  return Finding::Warning(kCheck, seen, why, fix);
}

}  // namespace ringcast
