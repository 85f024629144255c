#include "access/token_fault.h"

namespace ringcast {

std::string_view Name(TokenFault fault) {
  switch (fault) {
    case TokenFault::kMalformed:
      return "malformed";
    case TokenFault::kHeader:
      return "header";
    case TokenFault::kAlgorithm:
      return "algorithm";
    case TokenFault::kKey:
      return "key";
    case TokenFault::kSignature:
      return "signature";
    case TokenFault::kClaims:
      return "claims";
    case TokenFault::kNoExpiry:
      return "no_expiry";
    case TokenFault::kExpired:
      return "expired";
    case TokenFault::kNotYetValid:
      return "not_yet_valid";
    case TokenFault::kAudience:
      return "audience";
    case TokenFault::kIssuer:
      return "issuer";
    case TokenFault::kMissing:
      return "missing";
    case TokenFault::kAmbiguous:
      return "ambiguous";
    case TokenFault::kOrigin:
      return "origin";
    case TokenFault::kChannel:
      return "channel";
  }
  return "unknown";
}

std::string_view Describe(TokenFault fault) {
  switch (fault) {
    case TokenFault::kMalformed:
      return "it is no JSON Web Token in the compact form, or larger than 8 KiB";
    case TokenFault::kHeader:
      return "its header brings a key (jwk, jku, x5u, x5c) or an extension (crit), none of which "
             "is "
             "taken from a token";
    case TokenFault::kAlgorithm:
      return "its alg is that of no key here; sign with the algorithm of a --jwt-key that "
             "--jwt-algorithm allows";
    case TokenFault::kKey:
      return "its kid names no key here; name the key in --jwt-key KID:FILE, or leave kid out of "
             "the "
             "token";
    case TokenFault::kSignature:
      return "its signature is not by the key; compare the signer's key with --jwt-key";
    case TokenFault::kClaims:
      return "a claim is not of its type: exp and nbf are whole seconds, iss is a string, aud a "
             "string or an array of strings, ringcast {\"subscribe\": [...], \"publish\": [...]}";
    case TokenFault::kNoExpiry:
      return "it has no exp; a token that would hold for ever is not taken";
    case TokenFault::kExpired:
      return "it has expired";
    case TokenFault::kNotYetValid:
      return "it is not valid yet (nbf); are the clocks right?";
    case TokenFault::kAudience:
      return "its aud does not name --jwt-audience";
    case TokenFault::kIssuer:
      return "its iss is not --jwt-issuer";
    case TokenFault::kMissing:
      return "the request has no token";
    case TokenFault::kAmbiguous:
      return "the request has two different tokens, or a malformed Authorization field";
    case TokenFault::kOrigin:
      return "the token came in a cookie, from a page whose origin is not allowed; name it with "
             "--allow-origin";
    case TokenFault::kChannel:
      return "the token does not allow the channel; name it in its ringcast.subscribe";
  }
  return "";
}

}  // namespace ringcast
