#include "access/token_key.h"

#include <gtest/gtest.h>

#include <string>

#include "integration/must.h"

namespace ringcast {
namespace {

using test::Must;

constexpr TokenAlgorithm kEvery[] = {TokenAlgorithm::kHs256, TokenAlgorithm::kRs256,
                                     TokenAlgorithm::kEs256, TokenAlgorithm::kEdDsa};

TEST(TokenKey, AlgorithmsAreFoundByTheirExactNames) {
  for (const TokenAlgorithm algorithm : kEvery) {
    EXPECT_EQ(FindTokenAlgorithm(Name(algorithm)), algorithm);
  }
  for (const char* name : {"", "none", "None", "es256", "HS256 ", "HS384", "RS512", "PS256"}) {
    EXPECT_EQ(FindTokenAlgorithm(name), std::nullopt) << name;
  }
}

TEST(TokenKey, WhatOneSignsItVerifiesAndNothingElse) {
  for (const TokenAlgorithm algorithm : kEvery) {
    const TokenKey key = Must(TokenKey::Generate(algorithm));
    const TokenKey other = Must(TokenKey::Generate(algorithm));
    EXPECT_EQ(key.algorithm(), algorithm);
    ASSERT_TRUE(key.can_sign());
    const std::string signature = Must(key.Sign("text"));
    EXPECT_EQ(signature.size(), key.signature_size()) << Name(algorithm);
    EXPECT_TRUE(key.Verify("text", signature)) << Name(algorithm);
    EXPECT_FALSE(key.Verify("texT", signature)) << Name(algorithm);
    EXPECT_FALSE(key.Verify("", signature)) << Name(algorithm);
    EXPECT_FALSE(other.Verify("text", signature)) << Name(algorithm);
  }
}

TEST(TokenKey, EveryFlippedBitAndEveryOtherSizeIsRefused) {
  for (const TokenAlgorithm algorithm : kEvery) {
    const TokenKey key = Must(TokenKey::Generate(algorithm));
    const std::string signature = Must(key.Sign("text"));
    for (std::size_t bit = 0; bit < signature.size() * 8; bit += 13) {
      std::string wrong = signature;
      wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(key.Verify("text", wrong)) << Name(algorithm) << " bit " << bit;
    }
    for (const std::string& wrong :
         {std::string(), signature.substr(1), signature + '\0', signature + signature,
          std::string(signature.size(), '\0'), std::string(signature.size(), '\xff')}) {
      EXPECT_FALSE(key.Verify("text", wrong)) << Name(algorithm) << " " << wrong.size();
    }
  }
}

// A signature by P-256 is two numbers of 32 bytes each, and the leading zeros belong to them: one
// in 128 signatures has some.
TEST(TokenKey, NumbersWithLeadingZerosKeepTheirPlace) {
  const TokenKey key = Must(TokenKey::Generate(TokenAlgorithm::kEs256));
  bool seen = false;
  for (int i = 0; i < 5000 && !seen; ++i) {
    const std::string text = std::to_string(i);
    const std::string signature = Must(key.Sign(text));
    ASSERT_EQ(signature.size(), 64u);
    ASSERT_TRUE(key.Verify(text, signature)) << i;
    seen = signature[0] == '\0' || signature[32] == '\0';
  }
  EXPECT_TRUE(seen);
}

TEST(TokenKey, ThePublicHalfVerifiesAndCannotSign) {
  for (const TokenAlgorithm algorithm :
       {TokenAlgorithm::kRs256, TokenAlgorithm::kEs256, TokenAlgorithm::kEdDsa}) {
    TokenKey key = Must(TokenKey::Generate(algorithm));
    key.set_kid("main");
    const TokenKey half = Must(key.PublicHalf());
    EXPECT_FALSE(half.can_sign());
    EXPECT_FALSE(half.is_private());
    EXPECT_EQ(half.kid(), "main");
    EXPECT_TRUE(half.Verify("text", Must(key.Sign("text"))));
    EXPECT_EQ(Must(half.PublicText()), Must(key.PublicText()));
    EXPECT_NE(Must(key.PrivateText()).find("-----BEGIN PRIVATE KEY-----"), std::string::npos);
  }
}

TEST(TokenKey, ASecretHasAtLeast32Bytes) {
  EXPECT_EQ(TokenKey::FromSecret(std::string(31, 'x')).error().message.find("a secret of 31 bytes"),
            0u);
  const TokenKey key = Must(TokenKey::FromSecret(std::string(32, 'x')));
  EXPECT_EQ(key.Describe(), "a secret of 32 bytes");
  EXPECT_TRUE(key.can_sign());
  EXPECT_FALSE(key.PublicText().ok());
}

// RFC 7515 A.1: the same text and secret as in the standard give its signature.
TEST(TokenKey, TheStandardsExampleOfHs256) {
  const std::string secret =
      "\x03\x23\x35\x4b\x2b\x0f\xa5\xbc\x83\x7e\x06\x65\x77\x7b\xa6\x8f\x5a\xb3\x28\xe6\xf0\x54\xc9"
      "\x28\xa9\x0f\x84\xb2\xd2\x50\x2e\xbf\xd3\xfb\x5a\x92\xd2\x06\x47\xef\x96\x8a\xb4\xc3\x77\x62"
      "\x3d\x22\x3d\x2e\x21\x72\x05\x2e\x4f\x08\xc0\xcd\x9a\xf5\x67\xd0\x80\xa3";
  const TokenKey key = Must(TokenKey::FromSecret(secret));
  const std::string signature =
      Must(key.Sign("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"));
  const unsigned char expected[] = {116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
                                    125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
                                    191, 240, 91,  88,  5,   88,  83,  132, 141, 121};
  EXPECT_EQ(signature, std::string(reinterpret_cast<const char*>(expected), sizeof expected));
}

}  // namespace
}  // namespace ringcast
