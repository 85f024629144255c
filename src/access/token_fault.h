// Why a request with a token, or without one, is refused. The client is told none of this: it gets
// the same answer for each fault of a token. The log and `ringcast token explain` say which.
//
// Threads: any; constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcast {

enum class TokenFault : std::uint8_t {
  kMalformed,    // not the compact form, or not the JSON that it should be
  kHeader,       // brings a key of its own, or an extension that must be understood
  kAlgorithm,    // an algorithm that no key here has
  kKey,          // names a key that is not known here
  kSignature,    // not signed with the key
  kClaims,       // a claim is not of its type
  kNoExpiry,     // would hold for ever
  kExpired,      //
  kNotYetValid,  // by `nbf`
  kAudience,     // is for somebody else
  kIssuer,       // is somebody else's
  // Of requests whose token is sound, or that have none.
  kMissing,    // one is needed
  kAmbiguous,  // there are two different ones, or the field that should hold one is malformed
  kOrigin,     // came in a cookie, with a page of an origin that is not allowed
  kChannel,    // does not name the channel
};
inline constexpr std::size_t kTokenFaults = 15;

// The label in the metrics: "not_yet_valid".
std::string_view Name(TokenFault fault);

// A clause for the log, with what mends it: "it has expired; ...".
std::string_view Describe(TokenFault fault);

}  // namespace ringcast
