// An IP address, and a network of them, as values: read from text and from the bytes of protocols.
//
// Threads: plain values.
// Invariants: an IPv4 address that was mapped into IPv6 is the IPv4 address, so that one client has
// one value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

class IpAddress {
 public:
  // None at all.
  IpAddress() = default;
  // Bytes in network order. REQUIRES: 4 of them, or 16.
  static IpAddress FromBytes(std::string_view bytes);
  // An IPv4 or IPv6 literal, without brackets, port or zone.
  static std::optional<IpAddress> Parse(std::string_view text);

  bool valid() const { return size_ > 0; }
  bool is_v4() const { return size_ == 4; }
  // 4 or 16 in network order, none when there is no address.
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  // The bytes that tell one client from another: an IPv4 address, or the /64 of an IPv6 address,
  // since one client commonly has all of it.
  std::string_view Network() const { return bytes().substr(0, 8); }
  // As people write it; "unknown" when there is none.
  std::string Text() const;

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<char, 16> bytes_{};
  std::uint8_t size_ = 0;
};

// All addresses that begin with the same bits.
class IpNetwork {
 public:
  // "10.0.0.0/8", "2001:db8::/32"; an address alone is a network of one. The error says what to
  // write instead.
  static Result<IpNetwork> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;
  // In its canonical form, which Parse() reads back.
  std::string ToString() const;

  bool operator==(const IpNetwork&) const = default;

 private:
  IpNetwork(const IpAddress& first, unsigned prefix) : first_(first), prefix_(prefix) {}

  IpAddress first_;
  unsigned prefix_;  // bits
};

}  // namespace ringcast
