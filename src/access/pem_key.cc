// PEM: the blocks of a file one after the other, of which one is a key.
#include <openssl/pem.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "access/key_text.h"

namespace ringcast {
namespace {

struct Block {
  std::string name;    // "PUBLIC KEY"
  std::string header;  // of the time before PKCS #8
  std::string bytes;
};

// The next block; nothing at the end, or where a block is broken.
std::optional<Block> NextBlock(BIO* from) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  if (PEM_read_bio(from, &name, &header, &bytes, &size) != 1) return std::nullopt;
  Block block{name, header, {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)}};
  OPENSSL_cleanse(bytes, static_cast<std::size_t>(size));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(bytes);
  return block;
}

bool IsEncrypted(const Block& block) {
  return block.name == "ENCRYPTED PRIVATE KEY" ||
         block.header.find("ENCRYPTED") != std::string::npos;
}

PkeyPtr Decode(const Block& block) {
  const unsigned char* at = Bytes(block.bytes);
  const auto size = static_cast<long>(block.bytes.size());
  if (block.name == "PUBLIC KEY") return PkeyPtr(d2i_PUBKEY(nullptr, &at, size));
  if (block.name == "RSA PUBLIC KEY") {
    return PkeyPtr(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
  }
  if (block.name == "CERTIFICATE") {
    const CertificatePtr certificate(d2i_X509(nullptr, &at, size));
    return certificate ? PkeyPtr(X509_get_pubkey(certificate.get())) : nullptr;
  }
  if (block.name.ends_with("PRIVATE KEY")) {
    return PkeyPtr(d2i_AutoPrivateKey(nullptr, &at, size));
  }
  return nullptr;
}

}  // namespace

Result<KeysRead> ReadPemKey(std::string_view text) {
  const BioPtr source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!source) return Error{"there is no memory to read it"};
  KeysRead read;
  std::string other;  // a block that is no key
  while (std::optional<Block> block = NextBlock(source.get())) {
    if (block->name == "EC PARAMETERS") continue;  // openssl-ecparam(1) writes it before the key
    if (IsEncrypted(*block)) {
      return Error{"its key is encrypted; write the public half with `openssl pkey -pubout`"};
    }
    if (!read.keys.empty()) {
      if (block->name == "CERTIFICATE") continue;  // the rest of a chain
      return Error{"it holds more than one key; give each a file of its own, or make it a JWK set"};
    }
    const bool is_private = block->name.ends_with("PRIVATE KEY");
    PkeyPtr pkey = Decode(*block);
    OPENSSL_cleanse(block->bytes.data(), block->bytes.size());
    if (!pkey) {
      other = block->name;
      const std::string why = TakeOpenSslError();
      if (is_private || other == "PUBLIC KEY" || other == "CERTIFICATE") {
        return Error{"its " + other + " cannot be read: " + why};
      }
      continue;
    }
    Result<TokenKey> key = TokenKey::FromPkey(std::move(pkey), is_private);
    if (!key) return key.error();
    read.keys.push_back(std::move(*key));
  }
  ForgetOpenSslErrors();
  if (!read.keys.empty()) return read;
  if (!other.empty()) {
    return Error{"it holds a " + other + ", which is no key; a PEM file begins with " +
                 "-----BEGIN PUBLIC KEY-----"};
  }
  return Error{"its PEM is broken: a block does not end, or is not base64"};
}

}  // namespace ringcast
