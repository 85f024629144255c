// Where the token of a request stands (RFC 6750 2): in the Authorization field, in a cookie, or in
// the query, as far as the operator has switched these on.
//
// Threads: pure functions.
// Invariants: a request has one token or none; two different ones are a fault, and not a choice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/http_types.h"

namespace ringcast {

struct BearerRules {
  std::string cookie;  // its name; empty: cookies are not looked at
  std::string query;   // the parameter's name; empty: the query is not looked at

  bool operator==(const BearerRules&) const = default;
};

enum class BearerPlace : std::uint8_t {
  kNone,
  kHeader,
  kCookie,
  kQuery,
  kAmbiguous,  // two different ones, or a malformed Authorization field: 400
};

struct Bearer {
  BearerPlace place = BearerPlace::kNone;  // the first, in the order above
  std::string token;
};

Bearer FindBearer(const RequestHead& head, const BearerRules& rules);

}  // namespace ringcast
