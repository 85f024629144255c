// The parts of a token in the compact form (RFC 7515 7.1) and what its JSON says. Nothing here
// decides whether the token is to be believed: that is token_verifier.h.
//
// Threads: pure functions.
// Invariants: JSON is read without recursion, to a depth of 16, as UTF-8 without doubt; a member
// that stands twice in an object that matters makes it malformed, since two readers might take two
// different ones (RFC 8725 2.4, 3.10).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/claims.h"
#include "access/token_fault.h"

namespace ringcast {

// Bytes of a whole token. Those of browsers' cookies end at 4 KiB.
inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;
// Of the header as it is written: it is read before anything is known of the token.
inline constexpr std::size_t kMaxTokenHeaderBytes = 2 * 1024;

struct TokenParts {
  std::string_view header;       // base64url
  std::string_view payload;      // base64url
  std::string_view signed_text;  // both, with the dot between
  std::string_view signature;    // base64url
};

// Exactly three parts; nothing else about them is looked at.
std::optional<TokenParts> SplitToken(std::string_view token);

struct TokenHeader {
  std::string algorithm;
  std::optional<std::string> kid;
  bool brings_key = false;   // jwk, jku, x5u, x5c: whose key that is, only the token says
  bool is_critical = false;  // crit: extensions that must be understood
};

struct TokenBody {
  std::optional<std::int64_t> expires = {};
  std::optional<std::int64_t> not_before = {};
  std::optional<std::string> issuer = {};
  std::vector<std::string> audience = {};
  Claims claims = {};
};

// The JSON of the two parts, already decoded. A fault is kMalformed or kClaims.
std::variant<TokenHeader, TokenFault> ReadTokenHeader(std::string_view json);
std::variant<TokenBody, TokenFault> ReadTokenBody(std::string_view json);

}  // namespace ringcast
