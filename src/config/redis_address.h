// Where a Redis server is, as people write it:
//
//   redis://127.0.0.1:6379/0   redis://cache   redis://reader@[::1]:6379/2
//   unix:/run/redis/redis.sock
//
// A password never stands here: configuration files are read by many. `rediss:` (TLS) is refused,
// with the way round.
//
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

struct RedisAddress {
  std::string host;  // a name or an IP literal, IPv6 without brackets; empty: `path` holds
  std::uint16_t port = 6379;
  std::string path;  // of a UNIX socket
  std::string user;  // of an ACL; empty: the default user
  std::uint32_t database = 0;

  bool operator==(const RedisAddress&) const = default;

  // "127.0.0.1:6379", for the log.
  std::string ToString() const;
};

// The error names the text and what to write instead.
Result<RedisAddress> ParseRedisAddress(std::string_view text);

}  // namespace ringcast
