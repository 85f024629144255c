#include "uring/peer_address.h"

#include <netinet/in.h>

#include <cstring>

namespace ringcast {

IpAddress PeerAddress::address() const {
  sa_family_t family = AF_UNSPEC;
  std::memcpy(&family, storage_.data(), sizeof family);
  if (family == AF_INET) {
    return IpAddress::FromBytes(
        {storage_.data() + offsetof(sockaddr_in, sin_addr), sizeof(in_addr)});
  }
  if (family == AF_INET6) {
    return IpAddress::FromBytes(
        {storage_.data() + offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr)});
  }
  return {};
}

}  // namespace ringcast
