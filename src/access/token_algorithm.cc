#include "access/token_algorithm.h"

namespace ringcast {

std::string_view Name(TokenAlgorithm algorithm) {
  switch (algorithm) {
    case TokenAlgorithm::kHs256:
      return "HS256";
    case TokenAlgorithm::kRs256:
      return "RS256";
    case TokenAlgorithm::kEs256:
      return "ES256";
    case TokenAlgorithm::kEdDsa:
      return "EdDSA";
  }
  return "";
}

std::optional<TokenAlgorithm> FindTokenAlgorithm(std::string_view name) {
  for (const TokenAlgorithm algorithm : {TokenAlgorithm::kHs256, TokenAlgorithm::kRs256,
                                         TokenAlgorithm::kEs256, TokenAlgorithm::kEdDsa}) {
    if (Name(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

}  // namespace ringcast
