// Makes tokens, for trying things out and for tests; an application uses the JWT library of its own
// language.
//
// Threads: any; pure but for the signature's random numbers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "access/claims.h"
#include "access/token_key.h"
#include "base/result.h"

namespace ringcast {

struct TokenContent {
  Claims claims;            // what it allows, until when, and its string claims
  std::int64_t issued = 0;  // unix seconds
  std::string audience;     // empty: none
};

// `kid` empty: that of the key, if it has one. REQUIRES: key.can_sign().
Result<std::string> MakeToken(const TokenContent& content, const TokenKey& key,
                              const std::string& kid = {});

}  // namespace ringcast
