// Where an event stream is: a URL, taken apart.
//
// Threads: any; a plain value and a pure function.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

struct StreamAddress {
  std::string unix_path;  // not empty: a UNIX socket; host and port are then only the Host field
  std::string host;       // without the brackets of an IPv6 address
  std::string port;
  std::string target;  // path and query, for the request line
};

// Reads http://HOST[:PORT][/PATH][?QUERY] (HOST a name, an IPv4 address or an IPv6 address in
// brackets; the port is 80 unless given) or unix:SOCKET[:/PATH], where the first `:/` after the
// socket's path ends it. A fragment is dropped. Bytes that a request line cannot hold are refused.
Result<StreamAddress> ParseStreamUrl(std::string_view url);

// The Host field of a request (RFC 9110 section 7.2): the host and, unless it is 80, the port.
std::string HostField(const StreamAddress& address);

}  // namespace ringcast
