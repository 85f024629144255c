#include "gate/decision.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

using Names = std::vector<std::string>;
using Texts = std::vector<std::pair<std::string, std::string>>;
using Verdict = Decision::Verdict;

constexpr std::int64_t kNow = 1'795'294'320;

ApplicationAnswer Json(std::string body, int status = 200) {
  ApplicationAnswer answer;
  answer.status = status;
  answer.content_type = "application/json; charset=utf-8";
  answer.body = std::move(body);
  return answer;
}

ApplicationAnswer Field(std::string channels) {
  ApplicationAnswer answer;
  answer.status = 204;
  answer.has_channels = true;
  answer.channels = std::move(channels);
  return answer;
}

// REQUIRES: it is a decision.
Decision Read(const ApplicationAnswer& answer) {
  const Result<Decision> decision = ReadDecision(answer, kNow);
  EXPECT_TRUE(decision.ok()) << decision.error().message;
  return *decision;
}

std::string ErrorOf(const ApplicationAnswer& answer) {
  const Result<Decision> decision = ReadDecision(answer, kNow);
  return decision ? "decided" : decision.error().message;
}

TEST(Decision, EverySuccessAllowsWhatWasAskedFor) {
  for (const int status : {200, 201, 204, 299}) {
    const Decision decision = Read({.status = status});
    EXPECT_EQ(decision.verdict, Verdict::kAllowed) << status;
    EXPECT_EQ(decision.channels, std::nullopt);
    EXPECT_EQ(decision.expires, 0);
  }
}

TEST(Decision, SomeErrorsAreToldToTheClient) {
  for (const int status : {401, 403, 404}) {
    const Decision decision = Read({.status = status});
    EXPECT_EQ(decision.verdict, Verdict::kDenied);
    EXPECT_EQ(decision.status, status);
  }
  EXPECT_EQ(Read({.status = 410}).status, 204);
  // Its body and its channels do not matter.
  ApplicationAnswer denied = Json(R"({"channels":["a"]})", 403);
  EXPECT_EQ(Read(denied).verdict, Verdict::kDenied);
  EXPECT_EQ(Read(denied).channels, std::nullopt);
}

TEST(Decision, AChallengeIsPassedOnWhenItIsOneLine) {
  EXPECT_EQ(Read({.status = 401, .www_authenticate = "Bearer realm=\"x\""}).www_authenticate,
            "Bearer realm=\"x\"");
  EXPECT_EQ(Read({.status = 403, .www_authenticate = "Bearer"}).www_authenticate, "");
  for (const std::string& challenge :
       {std::string("a\rb"), std::string("a\nSet-Cookie: x"), std::string("a\0b", 3),
        std::string("\x80"), std::string(1025, 'a')}) {
    EXPECT_EQ(Read({.status = 401, .www_authenticate = challenge}).www_authenticate, "");
  }
}

TEST(Decision, EverythingElseIsNone) {
  for (const int status :
       {0, 100, 199, 300, 301, 302, 304, 400, 402, 405, 408, 418, 429, 500, 502, 503, 504, 600}) {
    EXPECT_EQ(ErrorOf({.status = status}), "it answered " + std::to_string(status));
  }
}

TEST(Decision, AFieldNamesTheChannels) {
  EXPECT_EQ(Read(Field("a,b")).channels, (Names{"a", "b"}));
  EXPECT_EQ(Read(Field(" job:1 ,\tuser/2 , ,")).channels, (Names{"job:1", "user/2"}));
  EXPECT_EQ(Read(Field("a,a")).channels, Names{"a"});
  EXPECT_EQ(Read(Field("user%3A42%2Fx")).channels, Names{"user:42/x"});
  EXPECT_NE(ErrorOf(Field("a%252e")), "decided") << "decoded once";
  EXPECT_EQ(ErrorOf(Field("a%")), "X-Ringcast-Channels has a broken percent escape");
  for (const char* names : {"a b", "a,..", "/a", "a//b", "a%00", "a%0d%0a", "\xc3\xa4"}) {
    EXPECT_TRUE(ErrorOf(Field(names)).starts_with("it names a channel that is none")) << names;
  }
  std::string many = "c0";
  for (int i = 1; i < 64; ++i) many += ",c" + std::to_string(i);
  EXPECT_EQ(Read(Field(many)).channels->size(), 64u);
  EXPECT_EQ(ErrorOf(Field(many + ",c64")), "it names more than 64 channels");
}

TEST(Decision, AnObjectMaySayMore) {
  const Decision decision =
      Read(Json(R"({"channels":["a","b"],"expires":1795294321,"sub":"42","tenant":7,"x":[1]})"));
  EXPECT_EQ(decision.channels, (Names{"a", "b"}));
  EXPECT_EQ(decision.expires, 1'795'294'321);
  EXPECT_EQ(decision.texts, (Texts{{"sub", "42"}, {"tenant", "7"}}));
  EXPECT_EQ(Read(Json("{}")).verdict, Verdict::kAllowed);
  ApplicationAnswer problem = Json(R"({"channels":["a"]})");
  problem.content_type = "Application/Vnd.Grant+JSON";
  EXPECT_EQ(Read(problem).channels, Names{"a"});
}

TEST(Decision, OnlyWhatIsCalledJsonIsReadAsJson) {
  ApplicationAnswer page = Json("<html>hello</html>");
  for (const char* type : {"", "text/html", "text/json", "application/jsonp"}) {
    page.content_type = type;
    EXPECT_EQ(Read(page).verdict, Verdict::kAllowed) << type;
  }
  EXPECT_EQ(Read(Json("")).verdict, Verdict::kAllowed) << "no body says nothing";
}

TEST(Decision, AnExpiryIsSecondsOrAMoment) {
  EXPECT_EQ(Read(Json(R"({"expires":"2026-11-21T20:52:01Z"})")).expires, kNow + 1);
  EXPECT_EQ(Read(Json(R"({"expires":1795294321.9})")).expires, kNow + 1);
  for (const char* expires : {"0", "-1", "true", "[]", "\"soon\"", "\"1795294321\"",
                              "\"1969-01-01T00:00:00Z\"", "1e999"}) {
    EXPECT_NE(ErrorOf(Json("{\"expires\":" + std::string(expires) + "}")), "decided") << expires;
  }
  EXPECT_EQ(ErrorOf(Json(R"({"expires":1795294321000})")),
            "\"expires\" is in milliseconds; write seconds");
}

TEST(Decision, WhatHasExpiredIsADenial) {
  for (const char* expires : {"1795294320", "1", "\"2026-11-21T20:52:00Z\""}) {
    const Decision decision = Read(Json("{\"expires\":" + std::string(expires) + "}"));
    EXPECT_EQ(decision.verdict, Verdict::kDenied) << expires;
    EXPECT_EQ(decision.status, 401);
  }
}

TEST(Decision, NoChannelIsADenial) {
  EXPECT_EQ(Read(Field("")).status, 403);
  EXPECT_EQ(Read(Field(" , ")).status, 403);
  EXPECT_EQ(Read(Json(R"({"channels":[]})")).status, 403);
}

TEST(Decision, ABodyThatIsNotSoundIsNone) {
  for (const char* body :
       {"{", "[]", "null", "\"a\"", "{\"channels\":\"a\"}", "{\"channels\":[1]}",
        "{\"channels\":null}", "{\"channels\":[\"a\",\"..\"]}", "{\"channels\":[\"a\"]} x",
        "{\"channels\":[\"a\"],\"channels\":[\"b\"]}", "{\"expires\":1795294329,\"expires\":1}",
        "{\"sub\":\"1\",\"sub\":\"2\"}", "{\"sub\":\"\xff\"}"}) {
    EXPECT_NE(ErrorOf(Json(body)), "decided") << body;
  }
  ApplicationAnswer both = Json(R"({"channels":["a"]})");
  both.has_channels = true;
  both.channels = "b";
  EXPECT_EQ(ErrorOf(both), "it names channels twice");
}

TEST(Decision, DeepNestingTakesNoStack) {
  const std::string deep(kMostAnswerBodyBytes / 2, '[');
  EXPECT_NE(ErrorOf(Json(deep)), "decided");
  EXPECT_EQ(Read(Json("{\"x\":" + deep + std::string(deep.size(), ']') + "}")).verdict,
            Verdict::kAllowed);
}

TEST(Decision, MembersAreBounded) {
  std::string body = "{";
  for (int i = 0; i < 65; ++i) {
    body += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"v\"";
  }
  EXPECT_EQ(ErrorOf(Json(body + "}")), "its JSON has too many members");
  const Decision decision = Read(Json("{\"a\":\"" + std::string(256, 'x') + "\",\"b\":\"y\"}"));
  EXPECT_EQ(decision.texts, (Texts{{"b", "y"}})) << "one too long for a name says nothing";
}

}  // namespace
}  // namespace ringcast
