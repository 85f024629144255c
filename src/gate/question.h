// What the application is asked: may this client have this stream?
//
// Threads: a plain value; it belongs to whoever holds it.
// Invariants: texts that came from the client hold neither CR, LF nor NUL, as the request parser
// lets none through; channels satisfy IsValidChannelName.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/auth_url.h"

namespace ringcast {

struct Question {
  AuthUrl url;
  std::string method;        // of the client's request
  std::string original_uri;  // its path and query, as they were sent
  std::string cookie;        // raw values of its fields; empty: it had none
  std::string authorization;
  std::string origin;
  std::string address;  // of the client; empty: not known
  std::vector<std::string> channels;

  // All that the answer may depend on, and nothing else: questions with the same key are the same.
  std::string Key() const;
  // Memory, roughly.
  std::size_t bytes() const;
};

// Separated by commas, which no name holds.
std::string JoinNames(const std::vector<std::string>& names);

}  // namespace ringcast
