#include "access/token_maker.h"

#include <gtest/gtest.h>

#include <string>

#include "access/base64url.h"
#include "access/token_reader.h"
#include "access/token_verifier.h"
#include "integration/must.h"

namespace ringcast {
namespace {

using test::Must;

constexpr std::int64_t kNow = 1'800'000'000;

TEST(TokenMaker, WhatIsMadeIsVerifiedWithEveryAlgorithm) {
  for (const TokenAlgorithm algorithm : {TokenAlgorithm::kHs256, TokenAlgorithm::kRs256,
                                         TokenAlgorithm::kEs256, TokenAlgorithm::kEdDsa}) {
    TokenKey key = Must(TokenKey::Generate(algorithm));
    key.set_kid("main");
    TokenContent content;
    content.issued = kNow;
    content.claims = {.expires = kNow + 60,
                      .subscribe = {"job:1"},
                      .publish = {"job:*"},
                      .texts = {{"sub", "4\"2"}, {"iss", "me"}}};
    content.audience = "you";
    const std::string token = Must(MakeToken(content, key));
    std::vector<TokenKey> keys;
    keys.push_back(Must(key.PublicHalf()));
    const auto verifier = Must(TokenVerifier::Make(
        std::move(keys), {.algorithms = {}, .audience = "you", .issuer = "me"}));
    const Claims claims = Must(verifier->Verify(token, kNow));
    EXPECT_EQ(claims.expires, kNow + 60);
    EXPECT_EQ(claims.subscribe, content.claims.subscribe);
    EXPECT_EQ(claims.publish, content.claims.publish);
    EXPECT_EQ(*claims.Text("sub"), "4\"2");
    const auto header = ReadTokenHeader(*DecodeBase64Url(token.substr(0, token.find('.'))));
    EXPECT_EQ(std::get<TokenHeader>(header).kid, "main");
    EXPECT_EQ(std::get<TokenHeader>(header).algorithm, Name(algorithm));
  }
}

TEST(TokenMaker, AnotherNameMayBeGivenToTheKey) {
  const TokenKey key = Must(TokenKey::Generate(TokenAlgorithm::kHs256));
  const std::string named = Must(MakeToken({}, key, "other"));
  const auto header = ReadTokenHeader(*DecodeBase64Url(named.substr(0, named.find('.'))));
  EXPECT_EQ(std::get<TokenHeader>(header).kid, "other");
  const std::string nameless = Must(MakeToken({}, key));
  const auto none = ReadTokenHeader(*DecodeBase64Url(nameless.substr(0, nameless.find('.'))));
  EXPECT_EQ(std::get<TokenHeader>(none).kid, std::nullopt);
}

}  // namespace
}  // namespace ringcast
