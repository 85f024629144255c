// Tokens and keys as texts from outside: nothing is believed that is not signed; what is read of a
// header and a body is what an independent reading of their JSON allows; a key is only read if it
// is one, and a text that verifies as a token is spelled in one way.
//
// Input: the first byte chooses: a token as a client sends it; the JSON of a header and of a body,
// a line each, that are signed with the right key; or a key's text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/base64url.h"
#include "access/key_text.h"
#include "access/token_verifier.h"
#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/utf8.h"

namespace ringcast {
namespace {

using test::FuzzInput;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kLeeway = 30;

const std::string kSecret(32, 's');

const TokenVerifier& Verifier() {
  static const auto verifier = [] {
    std::vector<TokenKey> keys;
    keys.push_back(std::move(*TokenKey::FromSecret(kSecret)));
    keys.back().set_kid("main");
    return *TokenVerifier::Make(std::move(keys), {.leeway_seconds = kLeeway});
  }();
  return *verifier;
}

std::string Sign(std::string_view text) {
  static const TokenKey key = std::move(*TokenKey::FromSecret(kSecret));
  return *key.Sign(text);
}

void CheckClaims(const Claims& claims) {
  RC_CHECK(claims.expires + kLeeway > kNow, "a token that is taken has not ended");
  for (const auto& [name, text] : claims.texts) {
    RC_CHECK(IsValidUtf8(name) && IsValidUtf8(text), "claims are UTF-8");
  }
  for (const auto* list : {&claims.subscribe, &claims.publish}) {
    for (const std::string& pattern : *list) {
      RC_CHECK(IsValidUtf8(pattern), "patterns are UTF-8");
      // A channel is allowed by what begins it, or by itself.
      RC_CHECK(pattern.ends_with('*') || CoversChannel({pattern}, pattern), "a name covers itself");
    }
  }
}

// As a client sends it: without the key nobody makes one that is taken.
void CheckToken(std::string_view token) {
  const test::ExactCopy copy(token);
  Claims claims;
  const auto fault = Verifier().Judge(copy.view(), kNow, claims);
  if (fault) {
    RC_CHECK(!Name(*fault).empty() && !Describe(*fault).empty(), "a fault has a name");
    return;
  }
  const auto parts = SplitToken(token);
  RC_CHECK(parts && token.size() <= kMaxTokenBytes, "a token that is taken has three parts");
  RC_CHECK(DecodeBase64Url(parts->signature) == Sign(parts->signed_text),
           "a token that is taken is signed");
  for (const std::string_view part : {parts->header, parts->payload, parts->signature}) {
    RC_CHECK(EncodeBase64Url(*DecodeBase64Url(part)) == part, "a part has one spelling");
  }
  CheckClaims(claims);
}

// With the right signature, so that what stands in it is looked at.
void CheckSigned(std::string_view header, std::string_view payload) {
  std::string token = EncodeBase64Url(header) + "." + EncodeBase64Url(payload);
  token += "." + EncodeBase64Url(Sign(token));
  CheckToken(token);
  Claims claims;
  const bool taken = !Verifier().Judge(token, kNow, claims).has_value();
  // One byte of the signature changed, and nothing else matters.
  token.back() = token.back() == 'A' ? 'Q' : 'A';
  RC_CHECK(Verifier().Judge(token, kNow, claims).has_value(), "a wrong signature is refused");
  const auto read = ReadTokenHeader(header);
  if (!taken) return;
  const auto* fields = std::get_if<TokenHeader>(&read);
  RC_CHECK(fields != nullptr && fields->algorithm == "HS256", "the algorithm is the key's");
  RC_CHECK(!fields->brings_key && !fields->is_critical, "a header brings nothing of its own");
  RC_CHECK(!fields->kid || *fields->kid == "main", "a name is the key's");
}

void CheckKey(std::string_view text) {
  Result<KeysRead> read = ReadKeyText(text);
  if (!read) {
    RC_CHECK(!read.error().message.empty(), "what is wrong with a key is said");
    return;
  }
  RC_CHECK(!read->keys.empty(), "keys that are read are there");
  for (const TokenKey& key : read->keys) {
    RC_CHECK(!key.Verify("text", std::string(key.signature_size(), '\x11')), "no signature fits");
    if (key.algorithm() != TokenAlgorithm::kHs256) continue;
    RC_CHECK(text.find("-----BEGIN ") == std::string_view::npos, "PEM is no secret");
    RC_CHECK(key.Verify("text", *key.Sign("text")), "a secret signs and verifies");
  }
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  switch (input.Byte() % 3) {
    case 0:
      ringcast::CheckToken(input.Rest());
      break;
    case 1: {
      const std::string_view header = input.Line();
      ringcast::CheckSigned(header, input.Rest());
      break;
    }
    default:
      ringcast::CheckKey(input.Rest());
  }
  return 0;
}
