#include "access/token_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

using std::string_literals::operator""s;

std::optional<TokenFault> FaultOfHeader(std::string_view json) {
  const auto read = ReadTokenHeader(json);
  const auto* fault = std::get_if<TokenFault>(&read);
  return fault == nullptr ? std::nullopt : std::optional(*fault);
}

std::optional<TokenFault> FaultOfBody(std::string_view json) {
  const auto read = ReadTokenBody(json);
  const auto* fault = std::get_if<TokenFault>(&read);
  return fault == nullptr ? std::nullopt : std::optional(*fault);
}

TokenBody Body(std::string_view json) {
  auto read = ReadTokenBody(json);
  EXPECT_TRUE(std::holds_alternative<TokenBody>(read)) << json;
  return std::holds_alternative<TokenBody>(read) ? std::get<TokenBody>(read) : TokenBody{};
}

TEST(TokenReader, ATokenHasThreeParts) {
  const auto parts = SplitToken("aa.bbb.c");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->header, "aa");
  EXPECT_EQ(parts->payload, "bbb");
  EXPECT_EQ(parts->signed_text, "aa.bbb");
  EXPECT_EQ(parts->signature, "c");
  EXPECT_TRUE(SplitToken(".."));
  // Five are an encrypted one (RFC 7516).
  for (const char* text : {"", "a", "a.b", "a.b.c.d", "a.b.c.d.e"}) EXPECT_FALSE(SplitToken(text));
}

TEST(TokenReader, AHeader) {
  const auto read = ReadTokenHeader(R"({"typ":"JWT","alg":"ES256","kid":"k\u0031","x5t":"a"})");
  const auto& header = std::get<TokenHeader>(read);
  EXPECT_EQ(header.algorithm, "ES256");
  EXPECT_EQ(header.kid, "k1");
  EXPECT_FALSE(header.brings_key);
  EXPECT_FALSE(header.is_critical);
}

TEST(TokenReader, AHeaderThatBringsAKeyOrAnExtension) {
  for (const char* json :
       {R"({"alg":"ES256","jwk":{"kty":"EC","x":["a",{"b":1}]}})", R"({"jku":"https://a"})",
        R"({"x5u":"https://a"})", R"({"x5c":["MII"]})", R"({"jwk":null})", R"({"jw\u006b":1})"}) {
    const auto read = ReadTokenHeader(json);
    EXPECT_TRUE(std::get<TokenHeader>(read).brings_key) << json;
  }
  const auto read = ReadTokenHeader(R"({"alg":"ES256","crit":["exp"],"b64":false})");
  EXPECT_TRUE(std::get<TokenHeader>(read).is_critical);
}

TEST(TokenReader, WhatIsNoObjectIsMalformed) {
  for (const std::string& json : {""s,
                                  "{"s,
                                  "[]"s,
                                  "1"s,
                                  "\"a\""s,
                                  "null"s,
                                  "{}x"s,
                                  "{}\0"s,
                                  "{} {}"s,
                                  "{\"a\":}"s,
                                  "{'a':1}"s,
                                  "{\"a\":1,}"s,
                                  "{\"a\":\"\xff\"}"s,
                                  "{\"a\":\"\xc0\x80\"}"s,
                                  "{\"a\":\"\\ud800\"}"s,
                                  "{\"a\":\"\\udc00\"}"s,
                                  "{\"\\udc00\":1}"s,
                                  "{\"a\":\"\n\"}"s,
                                  "{\"a\":1,\"a\":1}"s,
                                  "{\"a\":1,\"\\u0061\":2}"s,
                                  "\xef\xbb\xbf{}"s}) {
    EXPECT_EQ(FaultOfHeader(json), TokenFault::kMalformed) << json;
    EXPECT_EQ(FaultOfBody(json), TokenFault::kMalformed) << json;
  }
  EXPECT_EQ(FaultOfHeader(R"({"alg":5})"), TokenFault::kMalformed);
  EXPECT_EQ(FaultOfHeader(R"({"alg":["ES256"]})"), TokenFault::kMalformed);
  EXPECT_EQ(FaultOfHeader(R"({"kid":{}})"), TokenFault::kMalformed);
}

TEST(TokenReader, DeepAndWideJsonIsRefusedWithoutRecursion) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(FaultOfBody(nested(15)), std::nullopt);
  EXPECT_EQ(FaultOfBody(nested(16)), TokenFault::kMalformed);
  EXPECT_EQ(FaultOfBody(nested(1'000'000)), TokenFault::kMalformed);
  EXPECT_EQ(FaultOfHeader(nested(1'000'000)), TokenFault::kMalformed);
  const auto wide = [](int members) {
    std::string json = "{";
    for (int i = 0; i < members; ++i) {
      json += (i > 0 ? "," : "") + ("\"m" + std::to_string(i)) + "\":1";
    }
    return json + "}";
  };
  EXPECT_EQ(FaultOfBody(wide(64)), std::nullopt);
  EXPECT_EQ(FaultOfBody(wide(65)), TokenFault::kMalformed);
}

TEST(TokenReader, ABody) {
  const TokenBody body = Body(
      R"({"iss":"https://a","sub":"42","aud":["x","y"],"exp":1800000000,"nbf":1,"iat":2.5,)"
      R"("tenant":"acme","roles":["a"],"deep":{"exp":"x","subscribe":["no"]},)"
      R"("ringcast":{"subscribe":["job:1","user:42:*"],"publish":["job:*"],"later":[{"a":[1]}]}})");
  EXPECT_EQ(body.expires, 1'800'000'000);
  EXPECT_EQ(body.not_before, 1);
  EXPECT_EQ(body.issuer, "https://a");
  EXPECT_EQ(body.audience, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(body.claims.subscribe, (std::vector<std::string>{"job:1", "user:42:*"}));
  EXPECT_EQ(body.claims.publish, (std::vector<std::string>{"job:*"}));
  ASSERT_NE(body.claims.Text("sub"), nullptr);
  EXPECT_EQ(*body.claims.Text("sub"), "42");
  EXPECT_EQ(*body.claims.Text("tenant"), "acme");
  EXPECT_EQ(body.claims.Text("exp"), nullptr);
}

TEST(TokenReader, AnAudienceMayBeOneString) {
  EXPECT_EQ(Body(R"({"aud":"x"})").audience, (std::vector<std::string>{"x"}));
  EXPECT_TRUE(Body(R"({"aud":[]})").audience.empty());
}

TEST(TokenReader, ABodyMayLackEverything) {
  const TokenBody body = Body(R"({"ringcast":{}})");
  EXPECT_EQ(body.expires, std::nullopt);
  EXPECT_TRUE(body.claims.subscribe.empty());
}

TEST(TokenReader, TimesAreWholeSecondsUpToTheYear9999) {
  for (const char* text : {"0", "1800000000", "253402300799"}) {
    EXPECT_EQ(Body(R"({"exp":)" + std::string(text) + "}").expires, std::stoll(text));
  }
  for (const char* text :
       {"-1", "1.5", "1e9", "1800000000.0", "253402300800", "99999999999999999999999",
        "\"1800000000\"", "true", "null", "[1]", "{}"}) {
    EXPECT_EQ(FaultOfBody(R"({"exp":)" + std::string(text) + "}"), TokenFault::kClaims) << text;
    EXPECT_EQ(FaultOfBody(R"({"nbf":)" + std::string(text) + "}"), TokenFault::kClaims) << text;
  }
  // Beyond what any number holds, it is none.
  EXPECT_EQ(FaultOfBody(R"({"exp":1e400})"), TokenFault::kMalformed);
}

TEST(TokenReader, ClaimsOfAnotherTypeAreAFault) {
  for (const char* json :
       {R"({"iss":1})", R"({"iss":["a"]})", R"({"iss":{}})", R"({"aud":1})", R"({"aud":[1]})",
        R"({"aud":[["a"]]})", R"({"aud":["a",null]})", R"({"aud":{"a":"b"}})", R"({"ringcast":[]})",
        R"({"ringcast":"a"})", R"({"ringcast":null})", R"({"ringcast":{"subscribe":"a"}})",
        R"({"ringcast":{"subscribe":{}}})", R"({"ringcast":{"subscribe":[1]}})",
        R"({"ringcast":{"subscribe":[["a"]]}})", R"({"ringcast":{"subscribe":["a",{}]}})",
        R"({"ringcast":{"publish":true}})", R"({"ringcast":{"publish":null}})"}) {
    EXPECT_EQ(FaultOfBody(json), TokenFault::kClaims) << json;
  }
}

// A reader that takes the first and one that takes the last would disagree.
TEST(TokenReader, MembersThatStandTwiceAreMalformed) {
  for (const char* json :
       {R"({"exp":1,"exp":2})", R"({"sub":"a","s\u0075b":"b"})", R"({"ringcast":{},"ringcast":{}})",
        R"({"ringcast":{"subscribe":["a"],"subscribe":["b"]}})",
        R"({"ringcast":{"publish":[],"publish":[]}})"}) {
    EXPECT_EQ(FaultOfBody(json), TokenFault::kMalformed) << json;
  }
}

// What follows an inner list is read for what it is.
TEST(TokenReader, MembersBehindRingcastAreTheirOwn) {
  const TokenBody body =
      Body(R"({"ringcast":{"subscribe":["a"]},"iat":5,"list":["b",1],"sub":"c","exp":7})");
  EXPECT_EQ(body.claims.subscribe, (std::vector<std::string>{"a"}));
  EXPECT_EQ(body.expires, 7);
  EXPECT_EQ(*body.claims.Text("sub"), "c");
}

}  // namespace
}  // namespace ringcast
