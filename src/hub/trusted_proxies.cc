#include "hub/trusted_proxies.h"

#include <algorithm>
#include <optional>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711".
std::optional<IpAddress> ParseHop(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    return IpAddress::Parse(text.substr(1, end - 1));
  }
  const std::size_t colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && text.rfind(':') == colon;
  return IpAddress::Parse(has_port ? text.substr(0, colon) : text);
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& trusted) {
  for (const std::string& text : trusted) {
    if (text == kUnix) {
      unix_ = true;
    } else {
      networks_.push_back(*IpNetwork::Parse(text));
    }
  }
}

Result<std::string> TrustedProxies::Check(std::string_view text) {
  if (text == kUnix) return std::string(kUnix);
  const Result<IpNetwork> network = IpNetwork::Parse(text);
  if (!network) return Error{network.error().message + ", or unix for every UNIX socket"};
  return network->ToString();
}

bool TrustedProxies::Trusts(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const IpNetwork& network) { return network.Contains(address); });
}

IpAddress TrustedProxies::ClientOf(std::string_view forwarded_for) const {
  IpAddress client;
  while (!forwarded_for.empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const bool last = comma == std::string_view::npos;
    const auto hop = ParseHop(TrimOws(last ? forwarded_for : forwarded_for.substr(comma + 1)));
    if (!hop) break;
    client = *hop;
    if (last || !Trusts(client)) break;
    forwarded_for = forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace ringcast
