// What the subscribers of a benchmark connect to: the addresses, the request, and where a Ringcast
// server would have the channel's name.
//
// Threads: a plain value; workers only read it.
// Invariants: there is at least one address, and none changes while connections are made.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringcast {

struct Target {
  std::vector<sockaddr_in> addresses;  // connection i goes to address i modulo their number
  std::string host;                    // of the Host field
  std::string path;                    // and query
  std::string request;                 // the whole head
  std::string channel;                 // what follows /events/; empty: nothing does
};

// `url` as http://HOST[:PORT]/PATH; HOST is an IPv4 address or a name that has one. `spread`:
// consecutive addresses to use; 0: as many as `connections` need within 127.0.0.0/8, else 1.
// Errors: not such a URL, no such host, or the spread leaves IPv4.
Result<Target> FindTarget(std::string_view url, unsigned spread, std::uint64_t connections);

// The head of a request for `path`. `last_event_id`: to resume after it; empty: none.
std::string RequestHead(const Target& target, std::string_view path,
                        std::string_view last_event_id);

// Local ports that the kernel gives to connections: net.ipv4.ip_local_port_range.
std::uint32_t LocalPorts();

}  // namespace ringcast
