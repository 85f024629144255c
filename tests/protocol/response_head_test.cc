#include "protocol/response_head.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(HttpDate, KnownTimes) {
  EXPECT_EQ(HttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(HttpDate(784111777'999), kDate);  // the example of RFC 9110 5.6.7
  EXPECT_EQ(HttpDate(951782400'000), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(HttpDate(1735689599'000), "Tue, 31 Dec 2024 23:59:59 GMT");
  EXPECT_EQ(HttpDate(253402300799'999), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(HttpDate(~UnixMillis{0}), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(StreamHead, ChunkedInHttp11) {
  std::string out = "kept ";
  AppendStreamHead(out, false, {}, kDate);
  EXPECT_EQ(out,
            "kept HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/event-stream\r\n"
            "Cache-Control: no-cache, no-transform\r\n"
            "X-Accel-Buffering: no\r\n"
            "Transfer-Encoding: chunked\r\n"
            "\r\n");
}

TEST(StreamHead, Row71CloseDelimitedInHttp10) {
  std::string out;
  AppendStreamHead(out, true, {.allow_origin = "https://a", .vary = true}, kDate);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/event-stream\r\n"
            "Cache-Control: no-cache, no-transform\r\n"
            "X-Accel-Buffering: no\r\n"
            "Connection: close\r\n"
            "Access-Control-Allow-Origin: https://a\r\n"
            "Vary: Origin\r\n"
            "\r\n");
}

TEST(SimpleResponse, CarriesLengthAndCloses) {
  std::string out;
  AppendSimpleResponse(
      out, {.status = 400, .body = ErrorBody(400, "No channel is named."), .http_date = kDate});
  EXPECT_EQ(out,
            "HTTP/1.1 400 Bad Request\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 34\r\n"
            "Connection: close\r\n"
            "\r\n"
            "Bad Request: No channel is named.\n");
}

TEST(SimpleResponse, Row14HeadHasTheLengthButNoBody) {
  const HeaderField extra[] = {{"Retry-After", "3"}};
  std::string out;
  AppendSimpleResponse(out, {.body = "ok\n",
                             .content_type = "application/json",
                             .keep_alive = true,
                             .head_only = true,
                             .http_date = kDate,
                             .extra = extra});
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 3\r\n"
            "Retry-After: 3\r\n"
            "\r\n");
}

TEST(SimpleResponse, Row13A405NamesTheMethods) {
  std::string out;
  AppendSimpleResponse(out, {.status = 405, .http_date = kDate});
  EXPECT_NE(out.find("\r\nAllow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
  EXPECT_NE(out.find("\r\nContent-Length: 0\r\n"), std::string::npos);
  out.clear();
  AppendSimpleResponse(out, {.status = 405, .allow = "POST", .http_date = kDate});
  EXPECT_NE(out.find("\r\nAllow: POST\r\n"), std::string::npos);
}

TEST(SimpleResponse, A204HasNeitherLengthNorBody) {
  std::string out;
  AppendSimpleResponse(out, {.status = 204, .body = "x", .keep_alive = true, .http_date = kDate});
  EXPECT_EQ(out,
            "HTTP/1.1 204 No Content\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "\r\n");
}

TEST(SimpleResponseDeathTest, AFieldCannotEndTheHead) {
  const HeaderField extra[] = {{"X", "a\r\n\r\nb"}};
  std::string out;
  EXPECT_DEATH(AppendSimpleResponse(out, {.http_date = kDate, .extra = extra}), "one line");
}

constexpr std::string_view kPreflightOfAll =
    "HTTP/1.1 204 No Content\r\n"
    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    "Allow: GET, HEAD, OPTIONS\r\n"
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
    "Access-Control-Allow-Headers: last-event-id, accept, authorization, cache-control, "
    "content-type\r\n"
    "Access-Control-Max-Age: 7200\r\n"
    "\r\n";

TEST(Options, Row15PreflightOfAnAllowedOrigin) {
  std::string out;
  AppendOptions(
      out,
      {.preflight = true, .keep_alive = true, .cors = {.allow_origin = "*"}, .http_date = kDate});
  EXPECT_EQ(out, kPreflightOfAll);
}

TEST(Options, Row15PreflightOfANamedOrigin) {
  std::string out;
  AppendOptions(out, {.allow = "GET, HEAD, POST, OPTIONS",
                      .preflight = true,
                      .private_network = true,
                      .keep_alive = true,
                      .cors = {.allow_origin = "https://a", .credentials = true, .vary = true},
                      .http_date = kDate});
  EXPECT_EQ(out,
            "HTTP/1.1 204 No Content\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Allow: GET, HEAD, POST, OPTIONS\r\n"
            "Access-Control-Allow-Origin: https://a\r\n"
            "Access-Control-Allow-Credentials: true\r\n"
            "Vary: Origin\r\n"
            "Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n"
            "Access-Control-Allow-Headers: last-event-id, accept, authorization, cache-control, "
            "content-type\r\n"
            "Access-Control-Max-Age: 7200\r\n"
            "Access-Control-Allow-Private-Network: true\r\n"
            "\r\n");
}

TEST(Options, OnlyANamedOriginIsLetIntoAPrivateNetwork) {
  std::string out;
  AppendOptions(out, {.preflight = true,
                      .private_network = true,
                      .keep_alive = true,
                      .cors = {.allow_origin = "*"},
                      .http_date = kDate});
  EXPECT_EQ(out, kPreflightOfAll);
}

TEST(Options, Row15OtherwiseOnlyAllow) {
  const std::string plain =
      "HTTP/1.1 204 No Content\r\n"
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
      "Allow: GET, HEAD, OPTIONS\r\n"
      "Connection: close\r\n"
      "\r\n";
  std::string out;
  AppendOptions(out, {.http_date = kDate});
  EXPECT_EQ(out, plain);
  out.clear();
  AppendOptions(out, {.preflight = true, .http_date = kDate});  // from a foreign origin
  EXPECT_EQ(out, plain);
}

TEST(Overload, IsAStreamWithoutItsLastChunk) {
  const std::string block = "event: overload\nretry: 4321\ndata: {\"retry\":4321}\n\n";
  std::string out;
  AppendOverload(out, false, {}, 4321, kDate);
  ASSERT_EQ(block.size(), 0x32u);
  EXPECT_TRUE(out.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(out.find("\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n\r\n32\r\n" + block + "\r\n"));

  out.clear();
  AppendOverload(out, true, {}, 4321, kDate);
  EXPECT_EQ(out.find("chunked"), std::string::npos);
  EXPECT_TRUE(out.ends_with("Connection: close\r\n\r\n" + block));
}

TEST(ReasonPhrase, EveryStatusOfTheParserHasOne) {
  for (const int status : {400, 405, 408, 413, 414, 417, 431, 501, 505}) {
    EXPECT_NE(ReasonPhrase(status), "Unknown") << status;
  }
  EXPECT_EQ(ReasonPhrase(299), "Unknown");
}

}  // namespace
}  // namespace ringcast
