// Keys as they are written down: PEM (RFC 7468), JWK and JWK sets (RFC 7517), or a bare secret.
//
// Threads: any; pure functions.
// Invariants: nothing that is, or nearly is, a public key is ever taken for a secret: whoever knows
// a public key could sign with it otherwise.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/token_key.h"
#include "base/result.h"

namespace ringcast {

struct KeysRead {
  std::vector<TokenKey> keys;  // at least one
  // What the file holds besides and what is left out, each a sentence without a full stop.
  std::vector<std::string> notes;
  bool is_set = false;  // a JWK set, which names its keys itself
};

// Which of the three it is, is seen from the text. The error is a sentence without its file.
Result<KeysRead> ReadKeyText(std::string_view text);

// Only these forms. A certificate counts for its key; neither its time nor its issuer is looked at.
Result<KeysRead> ReadPemKey(std::string_view text);
// A lone key must be one that tokens are verified with; of a set those that are none are left out.
// Of private keys the public half is read.
Result<KeysRead> ReadJwk(std::string_view text);

}  // namespace ringcast
