// Tokens that were made to deceive (RFC 8725 2, 3; row 118 of tests/hostile/rows.md), and sound
// ones beside them, by another implementation.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "access/base64url.h"
#include "access/key_file.h"
#include "access/token_verifier.h"
#include "integration/must.h"
#include "support/token_issuer.h"

namespace ringcast {
namespace {

using test::Must;
using test::TokenIssuer;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::string_view kSound =
    R"({"exp": 1800000060, "sub": "42", "iss": "me", "aud": "you", )"
    R"("ringcast": {"subscribe": ["job:1"]}})";

class HostileToken : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    issuer_ = new TokenIssuer;
    issuer_->MakeKeys({{"es", "ES256"},
                       {"rs", "RS256"},
                       {"ed", "EdDSA"},
                       {"hs", "HS256"},
                       {"foreign", "ES256"},
                       {"foreign-hs", "HS256"}});
  }
  static void TearDownTestSuite() {
    delete issuer_;
    issuer_ = nullptr;
  }

  // With the public halves, as the daemon has them.
  static std::shared_ptr<const TokenVerifier> Verifier(const std::vector<std::string>& files,
                                                       TokenRules rules = {}) {
    std::vector<TokenKey> keys;
    for (const std::string& file : files) {
      const KeySource source = Must(ParseKeySource(file));
      LoadedKeys loaded =
          Must(LoadKeys({.kid = source.kid, .path = issuer_->File(source.path)}, KeyUse::kVerify));
      for (TokenKey& key : loaded.keys) keys.push_back(std::move(key));
    }
    return Must(TokenVerifier::Make(std::move(keys), std::move(rules)));
  }

  static std::string Sound(std::string_view key, std::string_view algorithm,
                           std::string_view more = {}) {
    return issuer_->Token(key, algorithm, kSound, more);
  }

  static std::optional<TokenFault> FaultOf(const TokenVerifier& verifier, std::string_view token) {
    Claims claims;
    return verifier.Judge(token, kNow, claims);
  }

  static TokenIssuer* issuer_;
};
TokenIssuer* HostileToken::issuer_ = nullptr;

TEST_F(HostileToken, SoundOnesOfEachAlgorithmAreTaken) {
  const std::tuple<const char*, const char*, const char*> kinds[] = {{"es.pub", "es.pem", "ES256"},
                                                                     {"rs.pub", "rs.pem", "RS256"},
                                                                     {"ed.pub", "ed.pem", "EdDSA"},
                                                                     {"hs.key", "hs.key", "HS256"}};
  for (const auto& [verifies, signs, algorithm] : kinds) {
    const auto verifier = Verifier({verifies}, {.audience = "you", .issuer = "me"});
    Claims claims;
    ASSERT_EQ(verifier->Judge(Sound(signs, algorithm), kNow, claims), std::nullopt) << algorithm;
    EXPECT_TRUE(claims.MaySubscribe("job:1"));
    EXPECT_EQ(*claims.Text("sub"), "42");
    EXPECT_EQ(claims.expires, kNow + 60);
  }
}

TEST_F(HostileToken, NoAlgorithmAtAll) {
  const auto verifier = Verifier({"es.pub", "hs.key"});
  const std::string unsigned_token = Sound("", "none");
  EXPECT_TRUE(unsigned_token.ends_with('.'));
  EXPECT_EQ(FaultOf(*verifier, unsigned_token), TokenFault::kAlgorithm);
  const std::string payload = EncodeBase64Url(kSound);
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "HS256\\u0000", "es256", "ES512"}) {
    const std::string header = EncodeBase64Url(R"({"alg":")" + std::string(name) + R"("})");
    EXPECT_EQ(FaultOf(*verifier, header + "." + payload + "."), TokenFault::kAlgorithm) << name;
  }
  EXPECT_EQ(FaultOf(*verifier, EncodeBase64Url("{}") + "." + payload + "."),
            TokenFault::kAlgorithm);
  // The name of a real one, and no signature.
  EXPECT_EQ(FaultOf(*verifier, EncodeBase64Url(R"({"alg":"ES256"})") + "." + payload + "."),
            TokenFault::kSignature);
}

// Whoever has the public key signs with its text as if that were a secret.
TEST_F(HostileToken, APublicKeyUsedAsASecret) {
  for (const char* key : {"rs.pub", "es.pub", "ed.pub"}) {
    const std::string forged = Sound(key, "HS256", R"(, "raw_header": "{\"alg\":\"HS256\"}")");
    EXPECT_EQ(FaultOf(*Verifier({key}), forged), TokenFault::kAlgorithm) << key;
    // Where secrets are used as well, it is one of those that must have signed.
    EXPECT_EQ(FaultOf(*Verifier({key, "hs.key"}), forged), TokenFault::kSignature) << key;
  }
}

TEST_F(HostileToken, AlgorithmsThatAreNotAllowedHaveNoKeys) {
  const auto verifier = Verifier({"es.pub"}, {.algorithms = {TokenAlgorithm::kEs256}});
  EXPECT_EQ(FaultOf(*verifier, Sound("rs.pem", "RS256")), TokenFault::kAlgorithm);
  EXPECT_EQ(FaultOf(*verifier, Sound("hs.key", "HS256")), TokenFault::kAlgorithm);
}

TEST_F(HostileToken, AHeaderThatBringsItsOwnKey) {
  const auto verifier = Verifier({"es.pub"});
  for (const char* headers :
       {R"({"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}})",
        R"({"jku": "https://attacker.example/keys"})", R"({"x5u": "https://attacker.example/"})",
        R"({"x5c": ["MIIB"]})", R"({"crit": ["exp"]})", R"({"crit": ["b64"], "b64": false})"}) {
    const std::string more = R"(, "headers": )" + std::string(headers);
    // Even by the right key: what such a header asks for is not done, so it cannot be meant.
    EXPECT_EQ(FaultOf(*verifier, Sound("foreign.pem", "ES256", more)), TokenFault::kHeader)
        << headers;
    EXPECT_EQ(FaultOf(*verifier, Sound("es.pem", "ES256", more)), TokenFault::kHeader) << headers;
  }
}

TEST_F(HostileToken, KeysOfSomebodyElse) {
  const auto verifier = Verifier({"one:es.pub", "two:foreign.pub"});
  EXPECT_EQ(FaultOf(*verifier, Sound("es.pem", "ES256", R"(, "headers": {"kid": "one"})")),
            std::nullopt);
  EXPECT_EQ(FaultOf(*verifier, Sound("es.pem", "ES256", R"(, "headers": {"kid": "two"})")),
            TokenFault::kSignature);
  for (const char* kid : {"../../../../dev/null", "one' OR '1'='1", "three", "", "ONE"}) {
    EXPECT_EQ(FaultOf(*verifier, Sound("es.pem", "ES256",
                                       R"(, "headers": {"kid": ")" + std::string(kid) + R"("})")),
              TokenFault::kKey)
        << kid;
  }
  EXPECT_EQ(FaultOf(*Verifier({"es.pub"}), Sound("foreign.pem", "ES256")), TokenFault::kSignature);
  EXPECT_EQ(FaultOf(*Verifier({"hs.key"}), Sound("foreign-hs.key", "HS256")),
            TokenFault::kSignature);
}

TEST_F(HostileToken, TimesIssuersAndAudiences) {
  const auto verifier = Verifier({"es.pub"}, {.audience = "you", .issuer = "me"});
  const std::pair<const char*, TokenFault> rows[] = {
      {R"({"iss":"me","aud":"you"})", TokenFault::kNoExpiry},
      {R"({"iss":"me","aud":"you","exp":1799999970})", TokenFault::kExpired},
      {R"({"iss":"me","aud":"you","exp":0})", TokenFault::kExpired},
      {R"({"iss":"me","aud":"you","exp":1800000060,"nbf":1800000031})", TokenFault::kNotYetValid},
      {R"({"iss":"me","aud":"me","exp":1800000060})", TokenFault::kAudience},
      {R"({"iss":"me","exp":1800000060})", TokenFault::kAudience},
      {R"({"iss":"me","aud":[],"exp":1800000060})", TokenFault::kAudience},
      {R"({"iss":"me","aud":["yo","u","you "],"exp":1800000060})", TokenFault::kAudience},
      {R"({"iss":"you","aud":"you","exp":1800000060})", TokenFault::kIssuer},
      {R"({"aud":"you","exp":1800000060})", TokenFault::kIssuer},
  };
  for (const auto& [payload, fault] : rows) {
    EXPECT_EQ(FaultOf(*verifier, issuer_->Token("es.pem", "ES256", payload)), fault) << payload;
  }
  EXPECT_EQ(
      FaultOf(*verifier, issuer_->Token("es.pem", "ES256",
                                        R"({"iss":"me","aud":["x","you"],"exp":1799999971})")),
      std::nullopt);
}

// Payloads that are signed with the right key, and are not what they should be.
TEST_F(HostileToken, PayloadsThatTwoReadersReadDifferently) {
  const auto verifier = Verifier({"hs.key"});
  std::string deep =
      R"({\"exp\":1800000060,\"a\":)" + std::string(500, '[') + std::string(500, ']') + "}";
  const std::pair<std::string, TokenFault> rows[] = {
      {deep, TokenFault::kMalformed},
      {R"({\"exp\":1,\"exp\":1800000060})", TokenFault::kMalformed},
      {R"({\"exp\":1800000060,\"e\\u0078p\":1800000060})", TokenFault::kMalformed},
      {R"({\"exp\":1800000060.0})", TokenFault::kClaims},
      {R"({\"exp\":1.8e9})", TokenFault::kClaims},
      {R"({\"exp\":\"1800000060\"})", TokenFault::kClaims},
      {R"({\"exp\":99999999999999999999})", TokenFault::kClaims},
      {R"({\"exp\":-1})", TokenFault::kClaims},
      {R"({\"exp\":1800000060,\"sub\":\"\u00ff\"})", TokenFault::kMalformed},
      {R"({\"exp\":1800000060}\u0000)", TokenFault::kMalformed},
      {R"([{\"exp\":1800000060}])", TokenFault::kMalformed},
      {"", TokenFault::kMalformed},
  };
  for (const auto& [payload, fault] : rows) {
    const std::string token =
        issuer_
            ->Issue(
                {R"({"key": "hs.key", "algorithm": "HS256", "raw_payload": ")" + payload + R"("})"})
            .front();
    EXPECT_EQ(FaultOf(*verifier, token), fault) << payload.substr(0, 80);
  }
}

TEST_F(HostileToken, TextsThatAreNoToken) {
  const auto verifier = Verifier({"es.pub"});
  const std::string sound = Sound("es.pem", "ES256");
  ASSERT_EQ(FaultOf(*verifier, sound), std::nullopt);
  const std::size_t first = sound.find('.');
  const std::size_t second = sound.find('.', first + 1);
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."), sound + ".",
        "." + sound, sound.substr(0, second), sound + "=", sound + "\n", " " + sound,
        sound.substr(0, first) + "=" + sound.substr(first), sound + "." + sound,
        sound.substr(0, first) + sound.substr(second), std::string(64 * 1024, 'a'),
        std::string(8 * 1024 + 1, 'a'), std::string(3000, 'e') + sound.substr(first),
        sound.substr(0, first + 1) + std::string(64 * 1024, 'e') + sound.substr(second)}) {
    EXPECT_EQ(FaultOf(*verifier, text), TokenFault::kMalformed) << text.substr(0, 60);
  }
  // One letter changed anywhere, and it is not believed any more.
  for (std::size_t i = 0; i < sound.size(); i += 7) {
    std::string changed = sound;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(FaultOf(*verifier, changed), std::nullopt) << i;
  }
}

}  // namespace
}  // namespace ringcast
