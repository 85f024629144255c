#include "access/bearer.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/request_parser.h"

namespace ringcast {

std::ostream& operator<<(std::ostream& out, BearerPlace place) {
  return out << static_cast<int>(place);
}

namespace {

// As a connection reads it, so that what is looked for is what a request brings.
RequestHead Head(const std::string& target, const std::string& fields, bool credentials = true) {
  RequestParser parser({.credentials = credentials});
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  EXPECT_EQ(parser.Feed(request).status, ParseStatus::kComplete) << request;
  return parser.head();
}

Bearer Find(const std::string& target, const std::string& fields, const BearerRules& rules = {}) {
  return FindBearer(Head(target, fields), rules);
}

const BearerRules kAll{.cookie = "tok", .query = "access_token"};

TEST(Bearer, TheAuthorizationField) {
  for (const char* field : {"Authorization: Bearer a.b.c\r\n", "authorization: bearer   a.b.c \r\n",
                            "AUTHORIZATION: BEARER a.b.c\r\n"}) {
    const Bearer bearer = Find("/", field);
    EXPECT_EQ(bearer.place, BearerPlace::kHeader) << field;
    EXPECT_EQ(bearer.token, "a.b.c") << field;
  }
}

TEST(Bearer, OtherSchemesAndNoFieldAreNoToken) {
  EXPECT_EQ(Find("/", "").place, BearerPlace::kNone);
  EXPECT_EQ(Find("/", "Authorization: Basic YTpi\r\n").place, BearerPlace::kNone);
  EXPECT_EQ(Find("/", "Authorization:\r\n").place, BearerPlace::kNone);
  EXPECT_EQ(Find("/", "Authorization: Bearerx a\r\n").place, BearerPlace::kNone);
}

TEST(Bearer, AMalformedFieldIsToldFromNone) {
  for (const char* field : {"Authorization: Bearer\r\n", "Authorization: Bearer a b\r\n",
                            "Authorization: Bearer a,b\r\n", "Authorization: Bearer \x80\r\n",
                            "Authorization: Bearer =\r\n",
                            // Two fields are one list, which is no token, be they the same or not.
                            "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"}) {
    EXPECT_EQ(Find("/", field).place, BearerPlace::kAmbiguous) << field;
  }
}

TEST(Bearer, ACookieOnlyWhereItIsSwitchedOn) {
  const std::string field = "Cookie: a=1; tok=x.y.z; b=2\r\n";
  EXPECT_EQ(Find("/", field).place, BearerPlace::kNone);
  const Bearer bearer = Find("/", field, kAll);
  EXPECT_EQ(bearer.place, BearerPlace::kCookie);
  EXPECT_EQ(bearer.token, "x.y.z");
  EXPECT_EQ(Find("/", "Cookie: xtok=a; TOK=b; tok\r\n", kAll).place, BearerPlace::kNone);
  EXPECT_EQ(Find("/", "Cookie: tok=\r\n", kAll).place, BearerPlace::kNone);
  EXPECT_EQ(Find("/", "Cookie: a=1\r\nCookie: tok=q\r\n", kAll).token, "q");
}

TEST(Bearer, TheQueryOnlyWhereItIsSwitchedOn) {
  const std::string target = "/events/a?x=1&access_token=x.y%2Dz&lastEventId=5";
  EXPECT_EQ(Find(target, "").place, BearerPlace::kNone);
  const Bearer bearer = Find(target, "", kAll);
  EXPECT_EQ(bearer.place, BearerPlace::kQuery);
  EXPECT_EQ(bearer.token, "x.y-z");
  EXPECT_EQ(Find("/events/a?access%5Ftoken=t", "", kAll).token, "t");
  EXPECT_EQ(Find("/events/a?access_token=", "", kAll).place, BearerPlace::kNone);
  EXPECT_EQ(Find("/events/a?access_token", "", kAll).place, BearerPlace::kNone);
}

TEST(Bearer, TwoDifferentTokensAreAFaultAndTheSameTwiceIsNot) {
  const std::string header = "Authorization: Bearer a\r\n";
  EXPECT_EQ(Find("/?access_token=a", header + "Cookie: tok=a\r\n", kAll).place,
            BearerPlace::kHeader);
  EXPECT_EQ(Find("/?access_token=b", header, kAll).place, BearerPlace::kAmbiguous);
  EXPECT_EQ(Find("/", header + "Cookie: tok=b\r\n", kAll).place, BearerPlace::kAmbiguous);
  EXPECT_EQ(Find("/", "Cookie: tok=a; tok=b\r\n", kAll).place, BearerPlace::kAmbiguous);
  EXPECT_EQ(Find("/?access_token=a&access_token=b", "", kAll).place, BearerPlace::kAmbiguous);
  EXPECT_EQ(Find("/?access_token=a&access_token=a", "", kAll).place, BearerPlace::kQuery);
  // A token in the query counts for nothing where the query is not looked at.
  EXPECT_EQ(Find("/?access_token=b", header).place, BearerPlace::kHeader);
}

TEST(Bearer, WithoutBeingAskedForCredentialsAreNotKept) {
  const RequestHead head =
      Head("/", "Authorization: Bearer a\r\nCookie: tok=b\r\n", /*credentials=*/false);
  EXPECT_EQ(head.authorization, "");
  EXPECT_EQ(head.cookie, "");
}

TEST(Bearer, AParserThatIsUsedAgainKeepsNothingOfTheRequestBefore) {
  RequestParser parser({.credentials = true});
  EXPECT_EQ(parser
                .Feed("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nCookie: b=c\r\n"
                      "\r\n")
                .status,
            ParseStatus::kComplete);
  EXPECT_EQ(parser.head().authorization, "Bearer a");
  parser.Reset();
  EXPECT_EQ(parser.Feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, ParseStatus::kComplete);
  EXPECT_EQ(parser.head().authorization, "");
  EXPECT_EQ(parser.head().cookie, "");
  parser.Reset();
  parser.KeepCredentials(false);
  EXPECT_EQ(parser.Feed("GET / HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\n\r\n").status,
            ParseStatus::kComplete);
  EXPECT_EQ(parser.head().cookie, "");
}

}  // namespace
}  // namespace ringcast
