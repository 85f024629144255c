// One key for tokens: a public key, a private one, or a secret. Its kind decides its algorithm, for
// good; a token that claims another one never gets to it.
//
// Threads: immutable once made, and then used by all threads at once.
// Invariants: RSA keys have at least 2048 bits, elliptic curves are P-256 or Ed25519, secrets have
// at least 32 bytes (RFC 7518 3.2, 3.3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "access/openssl_handles.h"
#include "access/token_algorithm.h"
#include "base/result.h"

namespace ringcast {

class TokenKey {
 public:
  static constexpr std::size_t kMinSecretBytes = 32;
  static constexpr int kMinRsaBits = 2048;

  static Result<TokenKey> FromSecret(std::string secret);
  // `has_private`: the key can sign.
  static Result<TokenKey> FromPkey(PkeyPtr pkey, bool has_private);
  // A new one, for development and tests.
  static Result<TokenKey> Generate(TokenAlgorithm algorithm);

  TokenAlgorithm algorithm() const { return algorithm_; }
  // What a token may call it; empty: it has no name, and may be meant by any token.
  const std::string& kid() const { return kid_; }
  void set_kid(std::string kid) { kid_ = std::move(kid); }
  // Whether it can make tokens: a private key, or a secret.
  bool can_sign() const { return has_private_ || algorithm_ == TokenAlgorithm::kHs256; }
  bool is_private() const { return has_private_; }

  // "an RSA key of 2048 bits", "a secret of 48 bytes".
  std::string Describe() const;

  // How many bytes a signature has.
  std::size_t signature_size() const { return signature_size_; }
  // Takes as long for a wrong signature of that size as for the right one, give or take what the
  // library makes of the numbers in it. One of another size is wrong at once.
  bool Verify(std::string_view text, std::string_view signature) const;
  // REQUIRES: can_sign().
  Result<std::string> Sign(std::string_view text) const;

  // A copy that has forgotten how to sign: the daemon keeps nothing that it does not need. A secret
  // stays what it is.
  Result<TokenKey> PublicHalf() const;

  // In PEM (a secret as it is): what `ringcast token key` writes. REQUIRES for the private one:
  // can_sign().
  Result<std::string> PrivateText() const;
  Result<std::string> PublicText() const;

 private:
  TokenKey() = default;

  bool VerifyHmac(std::string_view text, std::string_view signature) const;

  TokenAlgorithm algorithm_ = TokenAlgorithm::kHs256;
  std::string kid_;
  std::string secret_;
  PkeyPtr pkey_;
  bool has_private_ = false;
  std::size_t signature_size_ = 0;
};

}  // namespace ringcast
