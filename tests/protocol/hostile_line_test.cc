// Request lines that were made to confuse, by the rows of the table of hostile inputs.
#include <gtest/gtest.h>

#include <string>

#include "protocol/hostile_vectors.h"

namespace ringcast {
namespace {

TEST(HostileLine, Row2LeadingEmptyLines) {
  const std::string good = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  ExpectWire(kFine, {"\r\n" + good, "\r\n\r\n" + good});
  ExpectWire(400, {"\r\n\r\n\r\n" + good, "\n" + good, "\r" + good, " \r\n" + good});
}

TEST(HostileLine, Row3BareLineFeed) {
  ExpectWire(400, {"GET / HTTP/1.1\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\n\r\n",
                   "GET / HTTP/1.1\r\nHost: h\r\n\n", "GET / HTTP/1.1\n\n"});
}

TEST(HostileLine, Row4BareCarriageReturn) {
  ExpectWire(400, {"GET / HTTP/1.1\rHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\rA: b\r\n\r\n",
                   "GET / HTTP/1.1\r\nHost: h\r\n\rX", "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n",
                   "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", "GE\rT / HTTP/1.1\r\n\r\n"});
}

TEST(HostileLine, Row5WhitespaceInTheRequestLine) {
  ExpectLines(400, {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1",
                    "GET\v/ HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET / HTTP/1.1\t",
                    "GET / x HTTP/1.1"});
}

TEST(HostileLine, Row6PartsAreMissing) {
  ExpectLines(400, {"GET /", "GET / ", "GET", "GET ", "GET HTTP/1.1", "GET  HTTP/1.1",
                    "GET / HTTP/0.9", "/ HTTP/1.1"});
}

TEST(HostileLine, Row7MalformedVersion) {
  ExpectLines(400, {"GET / http/1.1", "GET / HTTP/1.10", "GET / HTTP/01.1", "GET / HTTP/1.",
                    "GET / HTTP/1", "GET / HTTP/.1", "GET / HTTP/1,1", "GET / HTTP1.1",
                    "GET / HTTPS/1.1", "GET / HTTP/-1.1", "GET / HTTP/a.1", "GET / Http/1.1"});
}

TEST(HostileLine, Row8OtherMajorVersion) {
  ExpectLines(505, {"GET / HTTP/2.0", "GET / HTTP/9.9", "GET / HTTP/3.1", "xyz / HTTP/2.0"});
  ExpectWire(505, {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"});
}

TEST(HostileLine, Row9LaterMinorVersionIsHandledAs11) {
  const RequestHead head = HeadOf("GET / HTTP/1.2\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(head.http_1_0);
  EXPECT_TRUE(head.keep_alive);
  ExpectLines(kFine, {"GET / HTTP/1.9"});
  ExpectWire(400, {"GET / HTTP/1.2\r\n\r\n"});  // without Host, as in 1.1
}

TEST(HostileLine, Row10And60OtherProtocols) {
  ExpectWire(400, {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
                   std::string("\0\0\0\0", 4), "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
                   std::string("\r\n\r\n\0\r\nQUIT\n", 12), "SSH-2.0-x\r\n"});
}

TEST(HostileLine, Row11MethodIsNoToken) {
  ExpectLines(400, {"G(T / HTTP/1.1", "GET, / HTTP/1.1", "\"GET\" / HTTP/1.1", "GET: / HTTP/1.1",
                    "G\x80T / HTTP/1.1", "G\x7fT / HTTP/1.1", std::string("G\0T / HTTP/1.1", 14)});
}

TEST(HostileLine, Row12UnknownMethod) {
  ExpectLines(501, {"get / HTTP/1.1", "Get / HTTP/1.1", "FOO / HTTP/1.1", "GETX / HTTP/1.1",
                    "GE / HTTP/1.1", "QUERY / HTTP/1.1", "PROPFIND / HTTP/1.1", "! / HTTP/1.1",
                    "M-SEARCH * HTTP/1.1", std::string(33, 'A') + " / HTTP/1.1"});
}

TEST(HostileLine, Row14And15HeadAndOptions) {
  EXPECT_EQ(HeadOf("HEAD /events/a HTTP/1.1\r\nHost: h\r\n\r\n").method, HttpMethod::kHead);
  const RequestHead preflight = HeadOf(
      "OPTIONS /events/a HTTP/1.1\r\nHost: h\r\nOrigin: https://a\r\n"
      "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: "
      "last-event-id\r\n\r\n");
  EXPECT_EQ(preflight.method, HttpMethod::kOptions);
  EXPECT_TRUE(preflight.has_request_method);
  EXPECT_TRUE(preflight.has_origin);
  const RequestHead asterisk = HeadOf("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(asterisk.path(), "*");
  EXPECT_FALSE(asterisk.has_request_method);
}

TEST(HostileLine, Row16TraceAndConnect) {
  ExpectLines(405, {"TRACE / HTTP/1.1"});
  ExpectLines(501, {"CONNECT h:443 HTTP/1.1", "CONNECT / HTTP/1.1"});
}

TEST(HostileLine, Row17And18LengthOfTheTarget) {
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1";
  };
  ExpectLines(kFine, {line(8000), line(8192)});
  ExpectLines(414, {line(8193), line(100 * 1024)});
}

TEST(HostileLine, Row19AbsoluteForm) {
  const RequestHead head = HeadOf("GET http://a.example:81/events/x?y HTTP/1.1\r\nHost: b\r\n\r\n");
  EXPECT_EQ(head.host, "a.example:81");
  EXPECT_EQ(head.path(), "/events/x");
  EXPECT_EQ(head.query(), "y");
  ExpectLines(400,
              {"GET http://u@a/ HTTP/1.1", "GET http:///x HTTP/1.1", "GET http://a,b/ HTTP/1.1"});
  ExpectWire(400,
             {"GET http://a/ HTTP/1.1\r\n\r\n", "GET http://a/ HTTP/1.1\r\nHost: x/y\r\n\r\n"});
}

TEST(HostileLine, Row20OtherForms) {
  ExpectLines(400,
              {"GET * HTTP/1.1", "GET h:80 HTTP/1.1", "GET h HTTP/1.1", "GET ftp://h/ HTTP/1.1",
               "OPTIONS h:80 HTTP/1.1", "OPTIONS ** HTTP/1.1", "GET ?a HTTP/1.1"});
}

TEST(HostileLine, Row21Fragment) {
  ExpectLines(400,
              {"GET /a#b HTTP/1.1", "GET /# HTTP/1.1", "GET /?a#b HTTP/1.1", "GET # HTTP/1.1"});
}

TEST(HostileLine, Row22ForbiddenBytesInTheTarget) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string line = std::string("GET /a") + static_cast<char>(byte) + "b HTTP/1.1";
    const bool sound = byte > 0x20 && byte < 0x7f && byte != '#' && byte != '%';
    ExpectLines(sound ? kFine : 400, {line});
  }
}

TEST(HostileLine, Row23BrokenPercentEscapes) {
  ExpectLines(400, {"GET /% HTTP/1.1", "GET /%1 HTTP/1.1", "GET /%zz HTTP/1.1", "GET /%1z HTTP/1.1",
                    "GET /%%41 HTTP/1.1", "GET /?a=% HTTP/1.1", "GET /a?%4 HTTP/1.1"});
  ExpectLines(kFine, {"GET /%41%7e%C0%ae?%00 HTTP/1.1"});
}

}  // namespace
}  // namespace ringcast
