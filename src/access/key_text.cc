#include "access/key_text.h"

#include <algorithm>
#include <utility>

namespace ringcast {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Editors and echo(1) end a line; whoever signs with a secret rarely means the line's end. A secret
// of arbitrary bytes is left as it is.
std::string_view WithoutLineEnd(std::string_view text) {
  std::string_view line = text;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return IsPrintable(line) ? line : text;
}

bool IsDerKey(std::string_view text) {
  const auto size = static_cast<long>(text.size());
  const unsigned char* at = Bytes(text);
  bool is_key = PkeyPtr(d2i_PUBKEY(nullptr, &at, size)) != nullptr;
  at = Bytes(text);
  is_key = is_key || PkeyPtr(d2i_AutoPrivateKey(nullptr, &at, size)) != nullptr;
  at = Bytes(text);
  is_key = is_key || PkeyPtr(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size)) != nullptr;
  at = Bytes(text);
  is_key = is_key || CertificatePtr(d2i_X509(nullptr, &at, size)) != nullptr;
  ForgetOpenSslErrors();
  return is_key;
}

// A key of OpenSSH, or in base64 the structure that every public key begins with.
bool LooksLikeAKey(std::string_view text) {
  return text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-") || text.starts_with("MII") ||
         text.starts_with("MFk") || text.starts_with("MCow");
}

}  // namespace

Result<KeysRead> ReadKeyText(std::string_view text) {
  if (text.empty()) return Error{"it is empty"};
  if (text.find("-----BEGIN ") != std::string_view::npos) return ReadPemKey(text);
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first != std::string_view::npos && text[first] == '{') return ReadJwk(text);
  if (IsDerKey(text)) {
    return Error{
        "it is a key in DER, which would be taken for a secret; turn it into PEM with "
        "`openssl pkey -inform DER`, with -pubin for a public key"};
  }
  if (LooksLikeAKey(text)) {
    return Error{
        "it looks like a key, but is neither PEM nor a JWK; a PEM file begins with "
        "-----BEGIN PUBLIC KEY-----"};
  }
  Result<TokenKey> key = TokenKey::FromSecret(std::string(WithoutLineEnd(text)));
  if (!key) return key.error();
  KeysRead read;
  read.keys.push_back(std::move(*key));
  return read;
}

}  // namespace ringcast
