// A hash of short texts that are compared with a handful of known ones while they arrive byte by
// byte: FNV-1a of 32 bits, with its published constants.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringcast {

inline constexpr std::uint32_t kEmptyTextHash = 2166136261u;

constexpr std::uint32_t HashByte(std::uint32_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * 16777619u;
}

constexpr std::uint32_t HashText(std::string_view text) {
  std::uint32_t hash = kEmptyTextHash;
  for (const char c : text) hash = HashByte(hash, c);
  return hash;
}

}  // namespace ringcast
