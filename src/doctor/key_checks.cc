#include "doctor/key_checks.h"

#include <sysexits.h>

#include <chrono>
#include <iterator>
#include <string>
#include <utility>

#include "access/key_file.h"

namespace ringcast {
namespace {

constexpr std::string_view kCheck = "jwt-keys";

Finding Refused(std::string what) {
  return Finding::Error(kCheck, EX_CONFIG, std::move(what),
                        "Whoever brings a token would be turned away.",
                        "mend the file or the option; `ringcast token key` makes a key");
}

Finding Doubted(std::string what) {
  return Finding::Warning(kCheck, std::move(what), "Who can read a key's secret can make tokens.",
                          "keep what signs with whoever signs, and give the daemon public keys");
}

}  // namespace

TokenKeys LoadTokenKeys(const ServeOptions& options) {
  TokenKeys result;
  if (options.jwt_key.empty()) return result;
  std::vector<TokenKey> keys;
  for (const std::string& text : options.jwt_key) {
    const Result<KeySource> source = ParseKeySource(text);
    Result<LoadedKeys> loaded =
        source ? LoadKeys(*source, KeyUse::kVerify) : Result<LoadedKeys>(source.error());
    if (!loaded) {
      result.errors.push_back(Refused("jwt-key: " + loaded.error().message));
      continue;
    }
    for (std::string& warning : loaded->warnings) {
      result.warnings.push_back(Doubted("jwt-key: " + std::move(warning)));
    }
    std::move(loaded->keys.begin(), loaded->keys.end(), std::back_inserter(keys));
  }
  if (!result.errors.empty()) return result;
  const auto leeway = std::chrono::duration_cast<std::chrono::seconds>(options.jwt_leeway);
  auto verifier = TokenVerifier::Make(std::move(keys), {.algorithms = options.jwt_algorithm,
                                                        .audience = options.jwt_audience,
                                                        .issuer = options.jwt_issuer,
                                                        .leeway_seconds = leeway.count()});
  if (verifier) {
    result.verifier = std::move(*verifier);
  } else {
    result.errors.push_back(Refused(verifier.error().message));
  }
  return result;
}

std::vector<Finding> CheckTokenKeys(const ServeOptions& options) {
  TokenKeys keys = LoadTokenKeys(options);
  if (!keys.errors.empty()) return std::move(keys.errors);
  if (!keys.warnings.empty()) return std::move(keys.warnings);
  return {Finding::Ok(kCheck, keys.verifier == nullptr
                                  ? "there are none; whoever reaches the listener may subscribe"
                                  : "the keys for tokens can be read")};
}

}  // namespace ringcast
