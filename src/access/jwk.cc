// JSON Web Keys (RFC 7517, RFC 7518 6, RFC 8037 2).
#include <openssl/core_names.h>
#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "access/base64url.h"
#include "access/key_text.h"

namespace ringcast {
namespace {

using rapidjson::Value;

// Empty if it is not there, or is no string.
std::string_view Text(const Value& jwk, const char* name) {
  const auto member = jwk.FindMember(name);
  if (member == jwk.MemberEnd() || !member->value.IsString()) return {};
  return {member->value.GetString(), member->value.GetStringLength()};
}

std::optional<std::string> Binary(const Value& jwk, const char* name) {
  const std::string_view text = Text(jwk, name);
  if (text.empty()) return std::nullopt;
  return DecodeBase64Url(text);
}

Error Lacks(std::string_view what) {
  return {"the member " + std::string(what) + " is missing, or not base64url without padding"};
}

Result<TokenKey> FromParams(const char* type, const ParamBuilderPtr& builder) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return Error{"its numbers are no key: " + TakeOpenSslError()};
  }
  return TokenKey::FromPkey(PkeyPtr(made), /*has_private=*/false);
}

Result<TokenKey> ReadRsa(const Value& jwk) {
  const std::optional<std::string> n = Binary(jwk, "n");
  const std::optional<std::string> e = Binary(jwk, "e");
  if (!n) return Lacks("n");
  if (!e) return Lacks("e");
  const NumberPtr modulus(BN_bin2bn(Bytes(*n), static_cast<int>(n->size()), nullptr));
  const NumberPtr exponent(BN_bin2bn(Bytes(*e), static_cast<int>(e->size()), nullptr));
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return Error{"its numbers are no key: " + TakeOpenSslError()};
  }
  return FromParams("RSA", builder);
}

Result<TokenKey> ReadEc(const Value& jwk) {
  constexpr std::size_t kCoordinateBytes = 32;
  if (Text(jwk, "crv") != "P-256") return Error{"its curve (crv) is not P-256"};
  const std::optional<std::string> x = Binary(jwk, "x");
  const std::optional<std::string> y = Binary(jwk, "y");
  if (!x || x->size() != kCoordinateBytes) return Lacks("x of 32 bytes");
  if (!y || y->size() != kCoordinateBytes) return Lacks("y of 32 bytes");
  const std::string point = "\x04" + *x + *y;  // uncompressed
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return Error{"its numbers are no key: " + TakeOpenSslError()};
  }
  return FromParams("EC", builder);
}

Result<TokenKey> ReadOkp(const Value& jwk) {
  if (Text(jwk, "crv") != "Ed25519") return Error{"its curve (crv) is not Ed25519"};
  const std::optional<std::string> x = Binary(jwk, "x");
  if (!x) return Lacks("x");
  PkeyPtr pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x), x->size()));
  if (!pkey) return Error{"its x is no Ed25519 key: " + TakeOpenSslError()};
  return TokenKey::FromPkey(std::move(pkey), /*has_private=*/false);
}

Result<TokenKey> ReadOct(const Value& jwk) {
  std::optional<std::string> secret = Binary(jwk, "k");
  if (!secret) return Lacks("k");
  return TokenKey::FromSecret(std::move(*secret));
}

Result<TokenKey> ReadOne(const Value& jwk) {
  if (!jwk.IsObject()) return Error{"it is no JSON object"};
  const std::string_view type = Text(jwk, "kty");
  if (const std::string_view use = Text(jwk, "use"); !use.empty() && use != "sig") {
    return Error{"it is not for signatures (use)"};
  }
  Result<TokenKey> key = type == "RSA"   ? ReadRsa(jwk)
                         : type == "EC"  ? ReadEc(jwk)
                         : type == "OKP" ? ReadOkp(jwk)
                         : type == "oct" ? ReadOct(jwk)
                                         : Error{"its kty is none of RSA, EC, OKP and oct"};
  if (!key) return key;
  const std::string_view algorithm = Text(jwk, "alg");
  if (!algorithm.empty() && algorithm != Name(key->algorithm())) {
    return Error{"its alg is not " + std::string(Name(key->algorithm())) +
                 ", which is what such a key is used for here"};
  }
  key->set_kid(std::string(Text(jwk, "kid")));
  return key;
}

Result<KeysRead> ReadSet(const Value& set) {
  if (!set.IsArray()) return Error{"its member keys is no array"};
  KeysRead read;
  read.is_set = true;
  std::string first_reason;
  for (rapidjson::SizeType i = 0; i < set.Size(); ++i) {
    Result<TokenKey> key = ReadOne(set[i]);
    if (key) {
      if (set[i].HasMember("d")) read.notes.emplace_back("it holds a private key");
      read.keys.push_back(std::move(*key));
      continue;
    }
    std::string note = "key " + std::to_string(i + 1) + " is left out: " + key.error().message;
    if (first_reason.empty()) first_reason = note;
    read.notes.push_back(std::move(note));
  }
  if (read.keys.empty()) {
    return Error{"its set holds no key that tokens can be verified with" +
                 (first_reason.empty() ? std::string() : "; " + first_reason)};
  }
  return read;
}

}  // namespace

Result<KeysRead> ReadJwk(std::string_view text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) {
    return Error{"it begins like a JWK, but is not valid JSON at byte " +
                 std::to_string(document.GetErrorOffset() + 1)};
  }
  if (const auto keys = document.FindMember("keys"); keys != document.MemberEnd()) {
    return ReadSet(keys->value);
  }
  Result<TokenKey> key = ReadOne(document);
  if (!key) return key.error();
  KeysRead read;
  if (document.HasMember("d")) read.notes.emplace_back("it holds a private key");
  read.keys.push_back(std::move(*key));
  return read;
}

}  // namespace ringcast
