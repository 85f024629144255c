// Which pages may read an answer, as the browser's checks see it (Fetch, "CORS protocol").
#include "integration/reload_test.h"

namespace ringcast::test {
namespace {

class CorsTest : public ReloadTest {
 protected:
  // What the browser looks at, in one line: the origin, credentials, Vary.
  static std::string Shared(const HttpResponse& response) {
    EXPECT_LE(response.header_count("Access-Control-Allow-Origin"), 1);
    return response.header("Access-Control-Allow-Origin") +
           (response.header("Access-Control-Allow-Credentials") == "true" ? " credentials" : "") +
           (response.header("Vary") == "Origin" ? " vary" : "");
  }
  std::string SharedOf(const std::string& target, const std::string& origin) {
    HttpClient client = Send("GET " + target + " HTTP/1.1\r\nHost: h\r\nOrigin: " + origin +
                             "\r\nConnection: close\r\n\r\n");
    return Shared(Must(client.ReadHead(kPatience)));
  }
  HttpResponse Preflight(const std::string& target, const std::string& origin,
                         const HttpHeaders& more = {}) {
    HttpHeaders headers = {{"Origin", origin},
                           {"Access-Control-Request-Method", "POST"},
                           {"Access-Control-Request-Headers", "authorization,content-type"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return Must(Connect().Request("OPTIONS", target, kPatience, {}, headers));
  }
};

constexpr const char* kFile =
    "allow-origin = \"*\"\n"
    "[[route]]\n"
    "path = \"/app/{id}\"\n"
    "channels = \"app:{id}\"\n"
    "methods = [\"GET\", \"POST\"]\n"
    "allow-origin = [\"https://app.example.org\", \"https://*.example.com\", "
    "\"http://localhost:*\"]\n"
    "[[route]]\n"
    "path = \"/closed\"\n"
    "channels = \"closed\"\n"
    "allow-origin = []\n"
    "[[route]]\n"
    "path = \"/public\"\n"
    "channels = \"public\"\n";

TEST_F(CorsTest, EachRouteHasItsOrigins) {
  StartWith(kFile);
  for (const char* origin :
       {"https://app.example.org", "https://a.example.com", "https://a.b.example.com",
        "http://localhost:3000", "http://localhost"}) {
    EXPECT_EQ(SharedOf("/app/1", origin), std::string(origin) + " credentials vary");
  }
  for (const char* origin :
       {"https://evil.org", "null", "https://example.com", "https://evilexample.com",
        "https://a.example.com.evil.org", "https://APP.example.org", "https://app.example.org:443",
        "https://app.example.org/", "http://localhost.evil.org", "http://localhost:3000.evil.org",
        "http://a.example.com", "*", "https://app.example.org, https://evil.org"}) {
    EXPECT_EQ(SharedOf("/app/1", origin), " vary") << origin;
  }
  EXPECT_EQ(SharedOf("/closed", "https://app.example.org"), "");
  EXPECT_EQ(SharedOf("/public", "https://app.example.org"), "*");
  EXPECT_EQ(SharedOf("/events/x", "https://app.example.org"), "*");
  EXPECT_EQ(SharedOf("/health", "https://app.example.org"), "*");
}

TEST_F(CorsTest, APreflightTellsWhatTheRouteTakes) {
  StartWith(kFile);
  const HttpResponse allowed = Preflight("/app/1", "https://app.example.org");
  EXPECT_EQ(allowed.status, 204);
  EXPECT_EQ(Shared(allowed), "https://app.example.org credentials vary");
  EXPECT_EQ(allowed.header("Access-Control-Allow-Methods"), "GET, HEAD, POST, OPTIONS");
  for (const char* field :
       {"authorization", "content-type", "last-event-id", "cache-control", "accept"}) {
    EXPECT_NE(allowed.header("Access-Control-Allow-Headers").find(field), std::string::npos);
  }
  EXPECT_EQ(allowed.header("Access-Control-Max-Age"), "7200");
  EXPECT_EQ(allowed.header_count("Access-Control-Allow-Private-Network"), 0);

  const HttpResponse foreign = Preflight("/app/1", "https://evil.org");
  EXPECT_EQ(foreign.status, 204);
  EXPECT_EQ(Shared(foreign), " vary");
  EXPECT_EQ(foreign.header_count("Access-Control-Allow-Methods"), 0);
  EXPECT_EQ(Preflight("/public", "https://any.org").header("Access-Control-Allow-Methods"),
            "GET, HEAD, OPTIONS");
  EXPECT_EQ(Preflight("/unknown", "https://any.org").status, 404);
}

TEST_F(CorsTest, OnlyWhoIsNamedIsLetIntoAPrivateNetwork) {
  StartWith(kFile);
  const HttpHeaders asks = {{"Access-Control-Request-Private-Network", "true"}};
  EXPECT_EQ(Preflight("/app/1", "https://app.example.org", asks)
                .header("Access-Control-Allow-Private-Network"),
            "true");
  EXPECT_EQ(Preflight("/app/1", "https://evil.org", asks)
                .header_count("Access-Control-Allow-Private-Network"),
            0);
  EXPECT_EQ(Preflight("/public", "https://any.org", asks)
                .header_count("Access-Control-Allow-Private-Network"),
            0);
}

// Without the fields a page sees a network error, and cannot tell what went wrong.
TEST_F(CorsTest, APageCanReadWhyItWasRefused) {
  StartWith(kFile);
  const auto answer = [&](const std::string& line, const std::string& more = {}) {
    HttpClient client =
        Send(line + " HTTP/1.1\r\nHost: h\r\nOrigin: https://app.example.org\r\n" + more + "\r\n");
    const HttpResponse response = Must(client.ReadResponse(kPatience));
    return std::to_string(response.status) + " " + Shared(response);
  };
  const std::string shared = " https://app.example.org credentials vary";
  EXPECT_EQ(answer("DELETE /app/1"), "405" + shared);
  EXPECT_EQ(answer("GET /app/a%20b"), "400" + shared);
  EXPECT_EQ(answer("GET /app/a%2fb"), "400" + shared);
  EXPECT_EQ(answer("GET /app/1", "Accept: text/html\r\n"), "406" + shared);
  EXPECT_EQ(answer("POST /app/1", "Content-Length: 70000\r\n"), "413" + shared);
  EXPECT_EQ(answer("GET /unknown"), "404 *");
  EXPECT_EQ(answer("GET /events/a%20b"), "400 *");
}

TEST_F(CorsTest, WhoIsTurnedAwayIsReadAsWell) {
  StartWith("max-connections = 1\n" + std::string(kFile), {"--shards", "1"});
  Stream first = Follow("/app/1");
  EXPECT_EQ(SharedOf("/app/1", "https://app.example.org"),
            "https://app.example.org credentials vary");
}

}  // namespace
}  // namespace ringcast::test
