// Where an accepted connection comes from, as the kernel writes it when the accept completes.
//
// Threads: plain storage; the kernel writes it while an accept is armed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast {

class PeerAddress {
 public:
  // The bytes that tell one client from another: an IPv4 address (also one mapped into IPv6), or
  // the /64 of an IPv6 address, since one client commonly has all of it. Empty for other families.
  std::string_view Network() const;
  // The address itself as people write it, for the log; "unknown" for other families.
  std::string Text() const;

  // For the ring.
  void* storage() { return storage_.data(); }
  std::uint32_t* length() { return &length_; }
  void Clear() { length_ = static_cast<std::uint32_t>(storage_.size()); }

 private:
  alignas(8) std::array<char, 32> storage_{};  // a sockaddr_in6 has 28 bytes
  std::uint32_t length_ = 32;
};

}  // namespace ringcast
