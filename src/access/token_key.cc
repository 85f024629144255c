#include "access/token_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

#include "access/base64url.h"
#include "base/check.h"

namespace ringcast {
namespace {

constexpr std::size_t kHmacBytes = 32;
constexpr std::size_t kEcNumberBytes = 32;  // of each of the two numbers of a P-256 signature
constexpr std::size_t kEd25519Bytes = 64;

using Hmac = std::array<unsigned char, kHmacBytes>;

Hmac ComputeHmac(std::string_view secret, std::string_view text) {
  Hmac result{};
  unsigned size = 0;
  const unsigned char* done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                   Bytes(text), text.size(), result.data(), &size);
  RC_CHECK(done != nullptr && size == kHmacBytes, "HMAC with SHA-256 is always there");
  return result;
}

// Two numbers of fixed size (RFC 7518 3.4) as the structure that OpenSSL takes; empty when they are
// none.
std::string EcSignatureToDer(std::string_view raw) {
  NumberPtr r(BN_bin2bn(Bytes(raw), kEcNumberBytes, nullptr));
  NumberPtr s(BN_bin2bn(Bytes(raw) + kEcNumberBytes, kEcNumberBytes, nullptr));
  const EcSignaturePtr signature(ECDSA_SIG_new());
  if (!r || !s || !signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  // The signature owns them now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

std::string EcSignatureFromDer(std::string_view der) {
  const unsigned char* at = Bytes(der);
  const EcSignaturePtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) return {};
  std::array<unsigned char, 2 * kEcNumberBytes> raw{};
  const int size = kEcNumberBytes;
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), size) != size ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + size, size) != size) {
    return {};
  }
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

// Ed25519 brings its own hash.
const EVP_MD* DigestOf(TokenAlgorithm algorithm) {
  return algorithm == TokenAlgorithm::kEdDsa ? nullptr : EVP_sha256();
}

std::string GroupOf(EVP_PKEY* pkey) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(pkey, name.data(), name.size(), &size) != 1) {
    ForgetOpenSslErrors();
    return {};
  }
  return {name.data(), size};
}

template <class Write>
Result<std::string> ToPem(Write&& write) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  if (!memory || write(memory.get()) != 1) return Error{"cannot write it: " + TakeOpenSslError()};
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

Result<TokenKey> TokenKey::FromSecret(std::string secret) {
  if (secret.size() < kMinSecretBytes) {
    return Error{"a secret of " + std::to_string(secret.size()) +
                 " bytes is too short for HS256; " + "it takes at least " +
                 std::to_string(kMinSecretBytes) +
                 ", such as those of `ringcast token key --algorithm HS256 --out FILE`"};
  }
  TokenKey key;
  key.algorithm_ = TokenAlgorithm::kHs256;
  key.secret_ = std::move(secret);
  key.signature_size_ = kHmacBytes;
  return key;
}

Result<TokenKey> TokenKey::FromPkey(PkeyPtr pkey, bool has_private) {
  TokenKey key;
  key.has_private_ = has_private;
  switch (EVP_PKEY_get_base_id(pkey.get())) {
    case EVP_PKEY_RSA: {
      const int bits = EVP_PKEY_get_bits(pkey.get());
      if (bits < kMinRsaBits) {
        return Error{"an RSA key of " + std::to_string(bits) +
                     " bits is too weak; RS256 takes at least " + std::to_string(kMinRsaBits)};
      }
      key.algorithm_ = TokenAlgorithm::kRs256;
      key.signature_size_ = static_cast<std::size_t>(EVP_PKEY_get_size(pkey.get()));
      break;
    }
    case EVP_PKEY_EC: {
      const std::string group = GroupOf(pkey.get());
      if (group != "prime256v1" && group != "P-256") {
        return Error{"its curve is " + (group.empty() ? std::string("none with a name") : group) +
                     "; ES256 takes P-256 (prime256v1)"};
      }
      key.algorithm_ = TokenAlgorithm::kEs256;
      key.signature_size_ = 2 * kEcNumberBytes;
      break;
    }
    case EVP_PKEY_ED25519:
      key.algorithm_ = TokenAlgorithm::kEdDsa;
      key.signature_size_ = kEd25519Bytes;
      break;
    default: {
      const char* type = EVP_PKEY_get0_type_name(pkey.get());
      return Error{"a key of the type " + std::string(type == nullptr ? "unknown" : type) +
                   " signs no token here; use RSA, P-256 or Ed25519"};
    }
  }
  key.pkey_ = std::move(pkey);
  return key;
}

Result<TokenKey> TokenKey::Generate(TokenAlgorithm algorithm) {
  PkeyPtr pkey;
  switch (algorithm) {
    case TokenAlgorithm::kHs256: {
      // As text, so that it can be pasted into the application's settings.
      std::array<unsigned char, kMinSecretBytes> bytes{};
      if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return Error{"there are no random bytes: " + TakeOpenSslError()};
      }
      return FromSecret(
          EncodeBase64Url({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
    case TokenAlgorithm::kRs256:
      pkey.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{kMinRsaBits}));
      break;
    case TokenAlgorithm::kEs256:
      pkey.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
      break;
    case TokenAlgorithm::kEdDsa:
      pkey.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
      break;
  }
  if (!pkey) return Error{"cannot make a key: " + TakeOpenSslError()};
  return FromPkey(std::move(pkey), /*has_private=*/true);
}

std::string TokenKey::Describe() const {
  switch (algorithm_) {
    case TokenAlgorithm::kHs256:
      return "a secret of " + std::to_string(secret_.size()) + " bytes";
    case TokenAlgorithm::kRs256:
      return "an RSA key of " + std::to_string(EVP_PKEY_get_bits(pkey_.get())) + " bits";
    case TokenAlgorithm::kEs256:
      return "a P-256 key";
    case TokenAlgorithm::kEdDsa:
      return "an Ed25519 key";
  }
  return "";
}

bool TokenKey::VerifyHmac(std::string_view text, std::string_view signature) const {
  const Hmac expected = ComputeHmac(secret_, text);
  return CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

bool TokenKey::Verify(std::string_view text, std::string_view signature) const {
  if (signature.size() != signature_size_) return false;
  if (algorithm_ == TokenAlgorithm::kHs256) return VerifyHmac(text, signature);
  std::string der;
  if (algorithm_ == TokenAlgorithm::kEs256) {
    der = EcSignatureToDer(signature);
    signature = der;
  }
  const DigestContextPtr context(EVP_MD_CTX_new());
  const bool good = context != nullptr &&
                    EVP_DigestVerifyInit(context.get(), nullptr, DigestOf(algorithm_), nullptr,
                                         pkey_.get()) == 1 &&
                    EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                                     text.size()) == 1;
  if (!good) ForgetOpenSslErrors();
  return good;
}

Result<std::string> TokenKey::Sign(std::string_view text) const {
  RC_CHECK(can_sign(), "a public key cannot sign");
  if (algorithm_ == TokenAlgorithm::kHs256) {
    const Hmac signature = ComputeHmac(secret_, text);
    return std::string(reinterpret_cast<const char*>(signature.data()), signature.size());
  }
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, DigestOf(algorithm_), nullptr, pkey_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()) != 1) {
    return Error{"cannot sign: " + TakeOpenSslError()};
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(text), text.size()) != 1) {
    return Error{"cannot sign: " + TakeOpenSslError()};
  }
  signature.resize(size);
  return algorithm_ == TokenAlgorithm::kEs256 ? EcSignatureFromDer(signature) : signature;
}

Result<TokenKey> TokenKey::PublicHalf() const {
  Result<TokenKey> half = Error{};
  if (algorithm_ == TokenAlgorithm::kHs256) {
    half = FromSecret(secret_);
  } else {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(pkey_.get(), &der);
    if (size <= 0) return Error{"it has no public half: " + TakeOpenSslError()};
    const unsigned char* at = der;
    PkeyPtr pkey(d2i_PUBKEY(nullptr, &at, size));
    OPENSSL_free(der);
    if (!pkey) return Error{"it has no public half: " + TakeOpenSslError()};
    half = FromPkey(std::move(pkey), /*has_private=*/false);
  }
  if (half) half->set_kid(kid_);
  return half;
}

Result<std::string> TokenKey::PrivateText() const {
  RC_CHECK(can_sign(), "a public key has no private half");
  if (algorithm_ == TokenAlgorithm::kHs256) return secret_ + "\n";
  return ToPem([this](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, pkey_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Result<std::string> TokenKey::PublicText() const {
  if (algorithm_ == TokenAlgorithm::kHs256) return Error{"a secret has no public half"};
  return ToPem([this](BIO* out) { return PEM_write_bio_PUBKEY(out, pkey_.get()); });
}

}  // namespace ringcast
