// The 64 bits that travel with an operation and come back with its completion: which operation it
// was, which incarnation of the target, and the target's index. Never a descriptor number: a
// completion that arrives after its target was closed and its slot reused is recognised by the
// generation and ignored.
//
// Layout: operation 8 bits | generation 24 bits | index 32 bits.
// Threads: plain value.
#pragma once

#include <cstdint>

namespace ringcast {

inline constexpr std::uint32_t kGenerationMask = 0xff'ffff;

struct Tag {
  std::uint8_t operation = 0;
  std::uint32_t generation = 0;  // only the low 24 bits travel
  std::uint32_t index = 0;

  constexpr std::uint64_t Pack() const {
    return std::uint64_t{operation} << 56 | std::uint64_t{generation & kGenerationMask} << 32 |
           index;
  }
  static constexpr Tag Unpack(std::uint64_t bits) {
    return {static_cast<std::uint8_t>(bits >> 56),
            static_cast<std::uint32_t>(bits >> 32) & kGenerationMask,
            static_cast<std::uint32_t>(bits)};
  }
};

}  // namespace ringcast
