#include "uring/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace ringcast {

std::string_view PeerAddress::Network() const {
  sa_family_t family = AF_UNSPEC;
  std::memcpy(&family, storage_.data(), sizeof family);
  if (family == AF_INET) {
    return {storage_.data() + offsetof(sockaddr_in, sin_addr), sizeof(in_addr)};
  }
  if (family != AF_INET6) return {};
  const char* const address = storage_.data() + offsetof(sockaddr_in6, sin6_addr);
  in6_addr v6{};
  std::memcpy(&v6, address, sizeof v6);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return {address + 12, sizeof(in_addr)};
  return {address, 8};
}

std::string PeerAddress::Text() const {
  sa_family_t family = AF_UNSPEC;
  std::memcpy(&family, storage_.data(), sizeof family);
  const char* address = nullptr;
  if (family == AF_INET) address = storage_.data() + offsetof(sockaddr_in, sin_addr);
  if (family == AF_INET6) address = storage_.data() + offsetof(sockaddr_in6, sin6_addr);
  char text[INET6_ADDRSTRLEN];
  if (address == nullptr || ::inet_ntop(family, address, text, sizeof text) == nullptr) {
    return "unknown";
  }
  return text;
}

}  // namespace ringcast
