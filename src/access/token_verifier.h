// Decides whether a token is to be believed, by keys that were given beforehand and by nothing
// else: no network, no key out of a token, no algorithm that the token chooses (RFC
// 8725 3.1, 3.2, 3.10).
//
// Threads: immutable once made; all threads verify with the same one.
// Invariants: every token that is refused has cost about as much as one that is taken: where no key
// fits, a signature is verified all the same and its outcome dropped. Claims are only read behind a
// good signature.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/claims.h"
#include "access/token_fault.h"
#include "access/token_key.h"
#include "access/token_reader.h"
#include "base/result.h"

namespace ringcast {

struct TokenRules {
  std::vector<TokenAlgorithm> algorithms = {};  // that may be used; empty: those of the keys
  std::string audience = {};                    // must be among the token's; empty: not looked at
  std::string issuer = {};                      // must be the token's; empty: not looked at
  std::int64_t leeway_seconds = 30;             // by how much clocks may differ
};

// What of the rules a body breaks. Its claims' `expires` is set when there is no fault.
std::optional<TokenFault> JudgeTokenBody(TokenBody& body, const TokenRules& rules,
                                         std::int64_t unix_seconds);

class TokenVerifier {
 public:
  // Keys that would all be tried for one token bound what a forged one costs.
  static constexpr std::size_t kMaxKeys = 32;

  // The error names the option that does not fit the others.
  static Result<std::shared_ptr<const TokenVerifier>> Make(std::vector<TokenKey> keys,
                                                           TokenRules rules);

  // The error is for the log and `ringcast token explain`, never for a client.
  Result<Claims> Verify(std::string_view token, std::int64_t unix_seconds) const;
  // The same, with the reason as a value: nothing is built that nobody may read. `claims` is set
  // when there is no fault.
  std::optional<TokenFault> Judge(std::string_view token, std::int64_t unix_seconds,
                                  Claims& claims) const;

  // How long beyond its `exp` a token still holds.
  std::int64_t leeway_seconds() const { return rules_.leeway_seconds; }

 private:
  TokenVerifier(std::vector<TokenKey> keys, TokenRules rules)
      : keys_(std::move(keys)), rules_(std::move(rules)) {}

  std::optional<TokenFault> JudgeSignature(std::string_view token, TokenParts& parts) const;
  std::optional<TokenFault> TryKeys(const TokenHeader& header, const TokenParts& parts,
                                    std::string_view signature) const;
  void Pretend(std::string_view text, std::optional<TokenAlgorithm> algorithm) const;

  const std::vector<TokenKey> keys_;
  const TokenRules rules_;
};

}  // namespace ringcast
