// The proxies whose word is taken for who their clients are, and which client a chain of them
// names.
//
// Whoever is trusted can claim any address, and so be within every limit. A client can write an
// X-Forwarded-For of its own: only what trusted proxies have added behind it counts, so each of
// them must append the address it was connected from (or replace the field), and must be the only
// way to the listener for clients in its network.
//
// Threads: constant after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace ringcast {

class TrustedProxies {
 public:
  // Stands for every UNIX socket that is listened on.
  static constexpr std::string_view kUnix = "unix";

  TrustedProxies() = default;
  // Networks, or kUnix. REQUIRES: Check() is content with each.
  explicit TrustedProxies(const std::vector<std::string>& trusted);

  // The canonical form of one entry; the error says what to write instead.
  static Result<std::string> Check(std::string_view text);

  bool has_networks() const { return !networks_.empty(); }
  bool trusts_unix() const { return unix_; }
  bool Trusts(const IpAddress& address) const;

  // The client of a request that came from a trusted proxy with this X-Forwarded-For: the last
  // address that is not a trusted proxy's itself, else the first. Addresses may have a port, IPv6
  // brackets. What is no address ends the search: what stands before it was vouched for by nobody.
  // Not valid() when none is named.
  IpAddress ClientOf(std::string_view forwarded_for) const;

 private:
  std::vector<IpNetwork> networks_;
  bool unix_ = false;
};

}  // namespace ringcast
