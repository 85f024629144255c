// `ringcast token`: makes a token or a key to try things out with, and says what a token holds and
// why it would be refused.
//
// Threads: blocks the one that calls.
#pragma once

#include <string>
#include <vector>

namespace ringcast {

struct TokenOptions {
  std::string action = {};             // "make", "explain" or "key"
  std::string token = {};              // to be explained; empty or "-": standard input has it
  std::vector<std::string> keys = {};  // "[KID:]FILE"
  // Of a token that is made.
  std::string kid = {};
  std::string subject = {};
  std::vector<std::string> subscribe = {};
  std::vector<std::string> publish = {};
  std::vector<std::string> claims = {};  // "NAME=TEXT"
  std::string ttl = "1h";
  // Of one that is made, and what is asked of one that is explained.
  std::string audience = {};
  std::string issuer = {};
  // Of a key that is made.
  std::string algorithm = "ES256";
  std::string out = {};
};

// The exit code: 0; 64 when the options do not go together; 65 when a token would be refused; 66
// when a key cannot be read; 73 when a file cannot be made.
int RunToken(const TokenOptions& options);

}  // namespace ringcast
