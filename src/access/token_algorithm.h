// The algorithms by which tokens are signed (RFC 7518 3.1, RFC 8037 3.1). A key has exactly one of
// them; what a token says of itself is only held against it.
//
// Threads: any; constants and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringcast {

enum class TokenAlgorithm : std::uint8_t {
  kHs256,  // HMAC with SHA-256: one secret signs and verifies
  kRs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  kEs256,  // ECDSA on P-256 with SHA-256
  kEdDsa,  // Ed25519
};

// As a token's header has it: "ES256".
std::string_view Name(TokenAlgorithm algorithm);

// By that name, in which case counts (RFC 7515 4.1.1); nothing for any other, "none" among them.
std::optional<TokenAlgorithm> FindTokenAlgorithm(std::string_view name);

}  // namespace ringcast
