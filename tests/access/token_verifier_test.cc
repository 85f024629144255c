// What is believed of a token that is soundly signed, and with which key.
#include "access/token_verifier.h"

#include <gtest/gtest.h>

#include <string>

#include "access/token_maker.h"
#include "integration/must.h"

namespace ringcast {
namespace {

using test::Must;

constexpr std::int64_t kNow = 1'800'000'000;

std::vector<TokenKey> Keys(TokenKey&& first) {
  std::vector<TokenKey> keys;
  keys.push_back(std::move(first));
  return keys;
}

std::vector<TokenKey> Keys(TokenKey&& first, TokenKey&& second) {
  std::vector<TokenKey> keys = Keys(std::move(first));
  keys.push_back(std::move(second));
  return keys;
}

TokenKey Named(const TokenKey& key, const std::string& kid) {
  TokenKey half = Must(key.PublicHalf());
  half.set_kid(kid);
  return half;
}

std::string TokenOf(const TokenKey& key, const std::string& kid = {}) {
  TokenContent content;
  content.claims.expires = kNow + 60;
  return Must(MakeToken(content, key, kid));
}

std::optional<TokenFault> FaultOf(const TokenVerifier& verifier, std::string_view token,
                                  std::int64_t now = kNow) {
  Claims claims;
  const std::optional<TokenFault> fault = verifier.Judge(token, now, claims);
  const Result<Claims> same = verifier.Verify(token, now);
  EXPECT_EQ(same.ok(), !fault.has_value());
  if (fault) {
    EXPECT_EQ(same.error().message, Describe(*fault));
  }
  return fault;
}

std::optional<TokenFault> Judge(TokenBody body, const TokenRules& rules, std::int64_t now = kNow) {
  return JudgeTokenBody(body, rules, now);
}

class TokenVerifierTest : public ::testing::Test {
 protected:
  const TokenKey key_ = Must(TokenKey::Generate(TokenAlgorithm::kEs256));
};

TEST_F(TokenVerifierTest, ItHoldsUntilItsEndAndTheLeeway) {
  const TokenBody body{.expires = kNow};
  const TokenRules strict{.leeway_seconds = 0};
  EXPECT_EQ(Judge(body, strict, kNow - 1), std::nullopt);
  EXPECT_EQ(Judge(body, strict, kNow), TokenFault::kExpired);
  const TokenRules lenient{.leeway_seconds = 30};
  EXPECT_EQ(Judge(body, lenient, kNow + 29), std::nullopt);
  EXPECT_EQ(Judge(body, lenient, kNow + 30), TokenFault::kExpired);
  EXPECT_EQ(Judge({.expires = 0}, lenient, kNow), TokenFault::kExpired);
  EXPECT_EQ(Judge({}, lenient), TokenFault::kNoExpiry);
}

TEST_F(TokenVerifierTest, ItHoldsFromItsBeginningLessTheLeeway) {
  const TokenBody body{.expires = kNow + 1000, .not_before = kNow};
  EXPECT_EQ(Judge(body, {.leeway_seconds = 0}, kNow), std::nullopt);
  EXPECT_EQ(Judge(body, {.leeway_seconds = 0}, kNow - 1), TokenFault::kNotYetValid);
  EXPECT_EQ(Judge(body, {.leeway_seconds = 30}, kNow - 30), std::nullopt);
  EXPECT_EQ(Judge(body, {.leeway_seconds = 30}, kNow - 31), TokenFault::kNotYetValid);
}

TEST_F(TokenVerifierTest, IssuerAndAudienceAreHeldAgainstTheRules) {
  TokenBody body{.expires = kNow + 60, .issuer = "me", .audience = {"a", "you"}};
  EXPECT_EQ(Judge(body, {}), std::nullopt);
  EXPECT_EQ(Judge(body, {.audience = "you", .issuer = "me"}), std::nullopt);
  EXPECT_EQ(Judge(body, {.audience = "yo"}), TokenFault::kAudience);
  EXPECT_EQ(Judge(body, {.issuer = "Me"}), TokenFault::kIssuer);
  body.issuer.reset();
  body.audience.clear();
  EXPECT_EQ(Judge(body, {.audience = "you"}), TokenFault::kAudience);
  EXPECT_EQ(Judge(body, {.issuer = "me"}), TokenFault::kIssuer);
}

TEST_F(TokenVerifierTest, ATokenThatNamesAKeyIsHeldAgainstThatOne) {
  const TokenKey old = Must(TokenKey::Generate(TokenAlgorithm::kEs256));
  const auto verifier = Must(TokenVerifier::Make(Keys(Named(key_, "new"), Named(old, "old")), {}));
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_, "new")), std::nullopt);
  EXPECT_EQ(FaultOf(*verifier, TokenOf(old, "old")), std::nullopt);
  // The key would fit, but it is not the one that is named.
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_, "old")), TokenFault::kSignature);
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_, "other")), TokenFault::kKey);
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_, "new ")), TokenFault::kKey);
  // One that names none is tried with all.
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_)), std::nullopt);
  EXPECT_EQ(FaultOf(*verifier, TokenOf(old)), std::nullopt);
}

TEST_F(TokenVerifierTest, AKeyWithoutANameIsTriedWhateverATokenNames) {
  const auto verifier = Must(TokenVerifier::Make(Keys(Must(key_.PublicHalf())), {}));
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_, "whatever")), std::nullopt);
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_)), std::nullopt);
}

TEST_F(TokenVerifierTest, KeysOfTwoAlgorithmsGoTogether) {
  const TokenKey other = Must(TokenKey::Generate(TokenAlgorithm::kEdDsa));
  const auto verifier =
      Must(TokenVerifier::Make(Keys(Must(key_.PublicHalf()), Must(other.PublicHalf())), {}));
  EXPECT_EQ(FaultOf(*verifier, TokenOf(key_)), std::nullopt);
  EXPECT_EQ(FaultOf(*verifier, TokenOf(other)), std::nullopt);
  const TokenKey third = Must(TokenKey::Generate(TokenAlgorithm::kRs256));
  EXPECT_EQ(FaultOf(*verifier, TokenOf(third)), TokenFault::kAlgorithm);
}

TEST_F(TokenVerifierTest, WhatDoesNotFitTogetherIsRefused) {
  const auto error = [](std::vector<TokenKey> keys, TokenRules rules) {
    const auto made = TokenVerifier::Make(std::move(keys), std::move(rules));
    return made.ok() ? std::string() : made.error().message;
  };
  EXPECT_EQ(error({}, {}).find("no key is given"), 0u);
  EXPECT_EQ(error(Keys(Must(key_.PublicHalf())),
                  {.algorithms = {TokenAlgorithm::kEs256, TokenAlgorithm::kHs256}})
                .find("jwt-algorithm: no jwt-key is for HS256"),
            0u);
  EXPECT_EQ(error(Keys(Must(key_.PublicHalf()), Must(TokenKey::FromSecret(std::string(32, 's')))),
                  {.algorithms = {TokenAlgorithm::kEs256}})
                .find("jwt-key: a secret of 32 bytes is for HS256, which jwt-algorithm does not"),
            0u);
  EXPECT_EQ(error(Keys(Named(key_, "a"), Named(key_, "a")), {})
                .find("jwt-key: two keys are called \"a\""),
            0u);
  std::vector<TokenKey> many;
  for (std::size_t i = 0; i <= TokenVerifier::kMaxKeys; ++i) {
    many.push_back(Must(TokenKey::FromSecret(std::string(32, 's'))));
  }
  EXPECT_EQ(error(std::move(many), {}).find("jwt-key: 33 keys are too many"), 0u);
}

}  // namespace
}  // namespace ringcast
