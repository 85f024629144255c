// What a token holds, in words, and whether it would be taken: for a person who looks for why it is
// not. Nothing of this is ever told to a client.
//
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "access/token_verifier.h"

namespace ringcast {

struct ExplainedKey {
  std::string file;
  TokenKey key;
};

struct TokenReport {
  std::string text;  // lines
  bool taken = false;
};

// Without keys the signature is not looked at, and the report says so.
TokenReport ExplainToken(std::string_view token, std::vector<ExplainedKey> keys,
                         const TokenRules& rules, std::int64_t unix_seconds);

}  // namespace ringcast
