#include "access/key_text.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "integration/must.h"
#include "support/token_issuer.h"

namespace ringcast {
namespace {

using test::Must;
using test::TokenIssuer;

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(file.is_open()) << path;
  return text.str();
}

std::string ErrorOf(std::string_view text) {
  const Result<KeysRead> read = ReadKeyText(text);
  return read.ok() ? "read" : read.error().message;
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class KeyText : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    issuer_ = new TokenIssuer;
    issuer_->MakeKeys({{"es", "ES256"},
                       {"rs", "RS256"},
                       {"ed", "EdDSA"},
                       {"hs", "HS256"},
                       {"p384", "ES384"},
                       {"weak", "RSA1024"},
                       {"x", "X25519"},
                       {"cert", "CERT"}});
  }
  static void TearDownTestSuite() {
    delete issuer_;
    issuer_ = nullptr;
  }
  static std::string File(std::string_view name) { return Read(issuer_->File(name)); }

  static TokenIssuer* issuer_;
};
TokenIssuer* KeyText::issuer_ = nullptr;

TEST_F(KeyText, PublicAndPrivateKeysInPem) {
  const std::pair<std::string, TokenAlgorithm> keys[] = {{"es", TokenAlgorithm::kEs256},
                                                         {"rs", TokenAlgorithm::kRs256},
                                                         {"ed", TokenAlgorithm::kEdDsa}};
  for (const auto& [name, algorithm] : keys) {
    KeysRead read = Must(ReadKeyText(File(name + ".pub")));
    ASSERT_EQ(read.keys.size(), 1u);
    EXPECT_EQ(read.keys[0].algorithm(), algorithm);
    EXPECT_FALSE(read.keys[0].is_private());
    KeysRead secret = Must(ReadKeyText(File(name + ".pem")));
    EXPECT_TRUE(secret.keys[0].is_private());
    EXPECT_TRUE(read.keys[0].Verify("text", Must(secret.keys[0].Sign("text"))));
  }
}

TEST_F(KeyText, ACertificateCountsForItsKey) {
  KeysRead certificate = Must(ReadKeyText(File("cert.crt")));
  KeysRead secret = Must(ReadKeyText(File("cert.pem")));
  EXPECT_FALSE(certificate.keys[0].can_sign());
  EXPECT_TRUE(certificate.keys[0].Verify("text", Must(secret.keys[0].Sign("text"))));
  // A chain counts for its first.
  KeysRead chain = Must(ReadKeyText(File("cert.crt") + File("cert.crt")));
  EXPECT_EQ(chain.keys.size(), 1u);
}

TEST_F(KeyText, JsonWebKeysAreTheSameKeys) {
  for (const std::string name : {"es", "rs", "ed"}) {
    KeysRead jwk = Must(ReadKeyText(File(name + ".jwk")));
    KeysRead pem = Must(ReadKeyText(File(name + ".pub")));
    ASSERT_EQ(jwk.keys.size(), 1u);
    EXPECT_EQ(Must(jwk.keys[0].PublicText()), Must(pem.keys[0].PublicText())) << name;
  }
  KeysRead jwk = Must(ReadKeyText(File("hs.jwk")));
  KeysRead raw = Must(ReadKeyText(File("hs.key")));
  EXPECT_TRUE(jwk.keys[0].Verify("text", Must(raw.keys[0].Sign("text"))));
}

TEST_F(KeyText, ASetBringsItsNamesAndLeavesOutWhatIsNoKeyForTokens) {
  std::string es = File("es.jwk");
  es.insert(1, R"("kid": "one", "alg": "ES256", "use": "sig", )");
  std::string encryption = File("rs.jwk");
  encryption.insert(1, R"("kid": "two", "use": "enc", )");
  std::string ed = File("ed.jwk");
  ed.insert(1, R"("kid": "three", )");
  const std::string set = R"({"keys": [)" + es + "," + encryption + "," + File("p384.jwk") + "," +
                          ed + R"(, {"kty": "AKP"}, 5]})";
  const KeysRead read = Must(ReadKeyText(set));
  ASSERT_EQ(read.keys.size(), 2u);
  EXPECT_TRUE(read.is_set);
  EXPECT_EQ(read.keys[0].kid(), "one");
  EXPECT_EQ(read.keys[1].kid(), "three");
  ASSERT_EQ(read.notes.size(), 4u);
  EXPECT_TRUE(Contains(read.notes[0], "key 2 is left out: it is not for signatures"));
  EXPECT_TRUE(Contains(read.notes[1], "key 3 is left out: its curve (crv) is not P-256"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"keys": []})"), "holds no key"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"keys": [)" + encryption + "]}"), "key 1 is left out"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"keys": 1})"), "no array"));
}

TEST_F(KeyText, WhatIsWrongWithAJsonWebKeyIsSaid) {
  EXPECT_TRUE(Contains(ErrorOf("{"), "not valid JSON"));
  EXPECT_TRUE(Contains(ErrorOf("{}"), "kty is none of"));
  EXPECT_TRUE(Contains(ErrorOf(R"({"kty":"oct","k":"AAAA"})"), "a secret of 3 bytes is too short"));
  EXPECT_TRUE(
      Contains(ErrorOf(R"({"kty":"oct","k":"Z"})"), "member k is missing, or not base64url"));
  EXPECT_TRUE(
      Contains(ErrorOf(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"), "x of 32 bytes"));
  EXPECT_TRUE(
      Contains(ErrorOf(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"), "x is no Ed25519 key"));
  std::string wrong = File("es.jwk");
  wrong.insert(1, R"("alg": "HS256", )");
  EXPECT_TRUE(Contains(ErrorOf(wrong), "its alg is not ES256"));
  // A point that does not lie on the curve.
  const std::string zeros(43, 'A');
  EXPECT_TRUE(Contains(
      ErrorOf(R"({"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros + R"("})"),
      "its numbers are no key"));
}

TEST_F(KeyText, KeysThatAreTooWeakOrOfAnotherKindAreRefused) {
  EXPECT_TRUE(Contains(ErrorOf(File("weak.pub")), "an RSA key of 1024 bits is too weak"));
  EXPECT_TRUE(Contains(ErrorOf(File("weak.jwk")), "an RSA key of 1024 bits is too weak"));
  EXPECT_TRUE(Contains(ErrorOf(File("p384.pub")), "its curve is secp384r1; ES256 takes P-256"));
  EXPECT_TRUE(Contains(ErrorOf(File("x.pub")), "a key of the type X25519 signs no token here"));
}

// Whoever knows a public key could sign with it, if it were taken for a secret.
TEST_F(KeyText, NoKeyIsTakenForASecret) {
  for (const char* name : {"es.der", "rs.der", "ed.der"}) {
    EXPECT_TRUE(Contains(ErrorOf(File(name)), "a key in DER")) << name;
  }
  std::string body = File("rs.pub");
  body = body.substr(body.find('\n') + 1);
  EXPECT_TRUE(Contains(ErrorOf(body), "looks like a key"));
  EXPECT_TRUE(Contains(ErrorOf("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabcdefghijkl me@example"),
                       "looks like a key"));
  const std::string cut = File("rs.pub").substr(0, 200);
  EXPECT_TRUE(Contains(ErrorOf(cut), "PEM is broken")) << ErrorOf(cut);
  std::string letters = File("rs.pub");
  letters.replace(40, 4, "!!!!");
  EXPECT_NE(ErrorOf(letters), "read");
  EXPECT_TRUE(Contains(ErrorOf("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
                       "holds a X509 CRL, which is no key"));
}

TEST_F(KeyText, TwoKeysInOneFileAreAMistake) {
  EXPECT_TRUE(Contains(ErrorOf(File("es.pub") + File("ed.pub")), "more than one key"));
}

TEST_F(KeyText, AnEncryptedKeyIsNotAskedFor) {
  EXPECT_TRUE(Contains(ErrorOf("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED "
                               "PRIVATE KEY-----\n"),
                       "its key is encrypted"));
}

TEST_F(KeyText, ASecretIsTakenAsItIsButForTheEndOfItsLine) {
  const std::string secret(40, 's');
  const std::string signature = Must(Must(TokenKey::FromSecret(secret)).Sign("text"));
  for (const std::string& text : {secret, secret + "\n", secret + "\r\n"}) {
    KeysRead read = Must(ReadKeyText(text));
    EXPECT_TRUE(read.keys[0].Verify("text", signature)) << text.size();
  }
  // Blanks belong to it, and so does a line feed of a secret that is no text.
  KeysRead blank = Must(ReadKeyText(secret + " "));
  EXPECT_FALSE(blank.keys[0].Verify("text", signature));
  const std::string binary = std::string(31, '\x80') + "\n";
  KeysRead read = Must(ReadKeyText(binary));
  EXPECT_TRUE(read.keys[0].Verify("text", Must(Must(TokenKey::FromSecret(binary)).Sign("text"))));
  EXPECT_TRUE(Contains(ErrorOf(std::string(31, 's') + "\n"), "a secret of 31 bytes is too short"));
  EXPECT_EQ(ErrorOf(""), "it is empty");
}

}  // namespace
}  // namespace ringcast
