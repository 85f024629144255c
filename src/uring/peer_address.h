// Where an accepted connection comes from, as the kernel writes it when the accept completes.
//
// Threads: plain storage; the kernel writes it while an accept is armed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ip_address.h"

namespace ringcast {

class PeerAddress {
 public:
  // Not valid() for families without an IP address.
  IpAddress address() const;

  // For the ring.
  void* storage() { return storage_.data(); }
  std::uint32_t* length() { return &length_; }
  void Clear() { length_ = static_cast<std::uint32_t>(storage_.size()); }

 private:
  alignas(8) std::array<char, 32> storage_{};  // a sockaddr_in6 has 28 bytes
  std::uint32_t length_ = 32;
};

}  // namespace ringcast
