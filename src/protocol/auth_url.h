// The address of the application that decides who may subscribe, as an operator writes it:
//
//   http://127.0.0.1:3000/sse-auth    https://app.example.org/sse-auth    http://[::1]:3000/auth
//   http://unix:/run/app.sock:/sse-auth    the path of a UNIX socket, then what is asked for there,
//                                          as nginx writes it
//
// Threads: pure functions; an AuthUrl is a plain value.
// Invariants (of what ParseAuthUrl returns): only printable ASCII, no user, password or fragment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

struct AuthUrl {
  std::string text;         // as it was written
  std::string request;      // the URL to ask for; its host is "localhost" with a UNIX socket
  std::string unix_socket;  // its path; empty: TCP
  std::string host;         // lower case, without brackets; empty with a UNIX socket
  std::uint16_t port = 0;   // 0 with a UNIX socket

  bool operator==(const AuthUrl&) const = default;
};

// The error names the text and what to write instead.
Result<AuthUrl> ParseAuthUrl(std::string_view text);

}  // namespace ringcast
