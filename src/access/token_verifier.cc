#include "access/token_verifier.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "access/base64url.h"

namespace ringcast {
namespace {

// Of the right size, and small enough in every reading of its bytes to be a number that the
// algorithm computes with before it finds it wrong.
std::string WrongSignature(std::size_t size) {
  std::string signature(size, '\x11');
  signature.front() = 0;
  signature.back() = 1;
  return signature;
}

bool Allows(const TokenRules& rules, TokenAlgorithm algorithm) {
  return rules.algorithms.empty() || std::find(rules.algorithms.begin(), rules.algorithms.end(),
                                               algorithm) != rules.algorithms.end();
}

}  // namespace

std::optional<TokenFault> JudgeTokenBody(TokenBody& body, const TokenRules& rules,
                                         std::int64_t unix_seconds) {
  if (!body.expires) return TokenFault::kNoExpiry;
  if (unix_seconds >= *body.expires + rules.leeway_seconds) return TokenFault::kExpired;
  if (body.not_before && unix_seconds + rules.leeway_seconds < *body.not_before) {
    return TokenFault::kNotYetValid;
  }
  if (!rules.issuer.empty() && body.issuer != rules.issuer) return TokenFault::kIssuer;
  if (!rules.audience.empty() && std::find(body.audience.begin(), body.audience.end(),
                                           rules.audience) == body.audience.end()) {
    return TokenFault::kAudience;
  }
  body.claims.expires = *body.expires;
  return std::nullopt;
}

Result<std::shared_ptr<const TokenVerifier>> TokenVerifier::Make(std::vector<TokenKey> keys,
                                                                 TokenRules rules) {
  if (keys.empty()) return Error{"no key is given; name one with --jwt-key"};
  if (keys.size() > kMaxKeys) {
    return Error{"jwt-key: " + std::to_string(keys.size()) + " keys are too many; give at most " +
                 std::to_string(kMaxKeys)};
  }
  for (const TokenAlgorithm algorithm : rules.algorithms) {
    const bool used = std::any_of(keys.begin(), keys.end(), [algorithm](const TokenKey& key) {
      return key.algorithm() == algorithm;
    });
    if (used) continue;
    return Error{"jwt-algorithm: no jwt-key is for " + std::string(Name(algorithm)) +
                 "; leave it out, or give such a key"};
  }
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    if (!Allows(rules, key->algorithm())) {
      return Error{"jwt-key: " + key->Describe() + " is for " +
                   std::string(Name(key->algorithm())) +
                   ", which jwt-algorithm does not allow; add it there, or leave the key out"};
    }
    const bool again =
        !key->kid().empty() && std::any_of(keys.begin(), key, [&](const auto& other) {
          return other.kid() == key->kid() && other.algorithm() == key->algorithm();
        });
    if (again) {
      return Error{"jwt-key: two keys are called \"" + key->kid() + "\"; give each its own name"};
    }
  }
  return std::shared_ptr<const TokenVerifier>(new TokenVerifier(std::move(keys), std::move(rules)));
}

Result<Claims> TokenVerifier::Verify(std::string_view token, std::int64_t unix_seconds) const {
  Claims claims;
  const std::optional<TokenFault> fault = Judge(token, unix_seconds, claims);
  if (fault) return Error{std::string(Describe(*fault))};
  return claims;
}

std::optional<TokenFault> TokenVerifier::Judge(std::string_view token, std::int64_t unix_seconds,
                                               Claims& claims) const {
  TokenParts parts;
  if (const auto fault = JudgeSignature(token, parts)) return fault;
  const std::optional<std::string> json = DecodeBase64Url(parts.payload);
  if (!json) return TokenFault::kMalformed;
  std::variant<TokenBody, TokenFault> read = ReadTokenBody(*json);
  if (const auto* fault = std::get_if<TokenFault>(&read)) return *fault;
  auto& body = std::get<TokenBody>(read);
  if (const auto fault = JudgeTokenBody(body, rules_, unix_seconds)) return fault;
  claims = std::move(body.claims);
  return std::nullopt;
}

std::optional<TokenFault> TokenVerifier::JudgeSignature(std::string_view token,
                                                        TokenParts& parts) const {
  std::optional<TokenParts> split;
  if (token.size() <= kMaxTokenBytes) split = SplitToken(token);
  std::optional<std::string> json;
  std::optional<std::string> signature;
  if (split && split->header.size() <= kMaxTokenHeaderBytes) {
    json = DecodeBase64Url(split->header);
    signature = DecodeBase64Url(split->signature);
  }
  if (!json || !signature) {
    Pretend(token.substr(0, kMaxTokenBytes), std::nullopt);
    return TokenFault::kMalformed;
  }
  parts = *split;
  const std::variant<TokenHeader, TokenFault> header = ReadTokenHeader(*json);
  if (const auto* fault = std::get_if<TokenFault>(&header)) {
    Pretend(parts.signed_text, std::nullopt);
    return *fault;
  }
  return TryKeys(std::get<TokenHeader>(header), parts, *signature);
}

std::optional<TokenFault> TokenVerifier::TryKeys(const TokenHeader& header, const TokenParts& parts,
                                                 std::string_view signature) const {
  const std::optional<TokenAlgorithm> algorithm = FindTokenAlgorithm(header.algorithm);
  const auto refuse = [&](TokenFault fault) {
    Pretend(parts.signed_text, algorithm);
    return fault;
  };
  if (header.brings_key || header.is_critical) return refuse(TokenFault::kHeader);
  bool known_algorithm = false;
  bool known_kid = false;
  bool computed = false;
  for (const TokenKey& key : keys_) {
    if (key.algorithm() != algorithm) continue;
    known_algorithm = true;
    // A key without a name may be meant by any; one with a name is not tried for another.
    if (header.kid && !key.kid().empty() && key.kid() != *header.kid) continue;
    known_kid = true;
    if (key.Verify(parts.signed_text, signature)) return std::nullopt;
    computed = computed || signature.size() == key.signature_size();
  }
  if (!known_algorithm) return refuse(TokenFault::kAlgorithm);
  if (!known_kid) return refuse(TokenFault::kKey);
  return computed ? TokenFault::kSignature : refuse(TokenFault::kSignature);
}

// Verifies what cannot be right, for the time that it takes.
void TokenVerifier::Pretend(std::string_view text, std::optional<TokenAlgorithm> algorithm) const {
  const TokenKey* like = &keys_.front();
  for (const TokenKey& key : keys_) {
    if (key.algorithm() != algorithm) continue;
    like = &key;
    break;
  }
  static_cast<void>(like->Verify(text, WrongSignature(like->signature_size())));
}

}  // namespace ringcast
