// Headers of the PROXY protocol, version 2, as a sender writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast::test {

// `block` is everything behind the fixed part. `length`: what the header says of its size.
inline std::string ProxyV2(std::uint8_t version_and_command, std::uint8_t family,
                           std::string_view block, std::size_t length) {
  std::string bytes("\r\n\r\n\0\r\nQUIT\n", 12);
  bytes += static_cast<char>(version_and_command);
  bytes += static_cast<char>(family);
  bytes += static_cast<char>(length >> 8);
  bytes += static_cast<char>(length & 0xff);
  return bytes.append(block);
}

inline std::string ProxyV2(std::uint8_t version_and_command, std::uint8_t family,
                           std::string_view block) {
  return ProxyV2(version_and_command, family, block, block.size());
}

// From a client of 192.0.2.1, over IPv4, with `further` fields behind the addresses.
inline std::string ProxyV2Ipv4(std::string_view further = {},
                               std::string_view source = std::string_view("\xc0\0\2\1", 4)) {
  std::string block(source);
  block += std::string("\x7f\0\0\1\xdc\4\x1f\x90", 8);
  return ProxyV2(0x21, 0x11, block.append(further));
}

}  // namespace ringcast::test
