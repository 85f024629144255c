#include "load/target.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "client/stream_address.h"

namespace ringcast {
namespace {

constexpr std::uint32_t kLoopbackNet = 127;
// How many of a destination's ports to use, in percent. The kernel looks through the ports of one
// parity first, so beyond half of them each connect() searches thousands that are in use.
constexpr std::uint64_t kPortsUsedPercent = 45;

Result<sockaddr_in> Resolve(const StreamAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (error != 0) {
    return Error{"'" + address.host + "' has no IPv4 address: " + ::gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  return *reinterpret_cast<const sockaddr_in*>(found->ai_addr);
}

}  // namespace

std::uint32_t LocalPorts() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint32_t first = 32768;  // the kernel's defaults
  std::uint32_t last = 60999;
  file >> first >> last;
  return last >= first ? last - first + 1 : 1;
}

Result<Target> FindTarget(std::string_view url, unsigned spread, std::uint64_t connections) {
  Result<StreamAddress> address = ParseStreamUrl(url);
  if (!address) return address.error();
  if (!address->unix_path.empty())
    return Error{"'" + std::string(url) + "': a TCP address is needed"};
  const Result<sockaddr_in> base = Resolve(*address);
  if (!base) return base.error();

  const std::uint32_t first = ntohl(base->sin_addr.s_addr);
  if (spread == 0) {
    const std::uint64_t each = std::max<std::uint64_t>(LocalPorts() * kPortsUsedPercent / 100, 1);
    const bool is_loopback = first >> 24 == kLoopbackNet;
    spread = is_loopback ? static_cast<unsigned>((connections + each - 1) / each) : 1;
    spread = std::max(spread, 1u);
  }
  if (UINT32_MAX - first < spread) return Error{"--spread goes beyond the last IPv4 address"};

  Target target;
  for (std::uint32_t i = 0; i < spread; ++i) {
    target.addresses.push_back(*base);
    target.addresses.back().sin_addr.s_addr = htonl(first + i);
  }
  target.host = HostField(*address);
  target.path = address->target;
  target.request = RequestHead(target, target.path, {});
  constexpr std::string_view kEvents = "/events/";
  if (address->target.starts_with(kEvents)) {
    const std::string_view rest = std::string_view(address->target).substr(kEvents.size());
    target.channel = rest.substr(0, rest.find('?'));
  }
  return target;
}

std::string RequestHead(const Target& target, std::string_view path,
                        std::string_view last_event_id) {
  std::string head = "GET ";
  head.append(path).append(" HTTP/1.1\r\nHost: ").append(target.host);
  head += "\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n";
  if (!last_event_id.empty()) {
    head.append("Last-Event-ID: ").append(last_event_id).append("\r\n");
  }
  return head += "\r\n";
}

}  // namespace ringcast
