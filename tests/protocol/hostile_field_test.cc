// Fields that were made to confuse, by the rows of the table of hostile inputs.
#include <gtest/gtest.h>

#include <string>

#include "protocol/hostile_vectors.h"

namespace ringcast {
namespace {

TEST(HostileField, Row29And30Host) {
  const std::string line = "GET / HTTP/1.1\r\n";
  ExpectWire(400, {line + "\r\n", line + "Host: h\r\nHost: h\r\n\r\n",
                   line + "Host: h\r\nA: b\r\nhOST: i\r\n\r\n"});
  for (const char* host : {"", "a, b", "a,b", "u@h", "u:p@h", "h/p", "http://h", "h?q", "h:port",
                           "h h", "[::1", "h:80:80", "%zz", "\x80"}) {
    ExpectWire(400, {line + "Host: " + host + "\r\n\r\n",
                     "GET / HTTP/1.0\r\nHost: " + std::string(host) + "\r\n\r\n"});
  }
  for (const char* host : {"h", "example.org:8080", "127.0.0.1", "[::1]:80", "my_host", "h:"}) {
    EXPECT_EQ(HeadOf(line + "Host: " + host + " \r\n\r\n").host, host);
  }
  const RequestHead old = HeadOf("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.http_1_0);
  EXPECT_EQ(old.host, "");
}

TEST(HostileField, Row31To34FieldNames) {
  ExpectFields(400, {"A : b\r\n", "A\t: b\r\n", "Content-Length : 0\r\n"});  // row 31
  ExpectFields(400, {"A: b\r\n c\r\n", "A: b\r\n\tc\r\n", "A:\r\n b\r\n", "A: b\r\n \r\n"});  // 32
  ExpectWire(400,
             {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", "GET / HTTP/1.1\r\n\tA: b\r\nHost: h\r\n\r\n",
              "GET / HTTP/1.1\r\n \r\nHost: h\r\n\r\n"});  // row 33
  ExpectFields(400, {": b\r\n", "A\r\n", "A b: c\r\n", "A(: b\r\n", "A\xa0: b\r\n", "A\x85: b\r\n",
                     "\"A\": b\r\n", "A=b\r\n", "A,B: c\r\n", std::string("A\0: b\r\n", 7)});
}

TEST(HostileField, Row35And36FieldValues) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string field = std::string("A: b") + static_cast<char>(byte) + "c\r\n";
    const bool sound = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    ExpectFields(sound ? kFine : 400, {field});
  }
  ExpectFields(kFine, {"A:\r\n", "A: \r\n", "A:\t \t\r\n", "A:b\r\n"});
  EXPECT_EQ(HeadOf("GET / HTTP/1.1\r\nHost: h\r\nLast-Event-ID: \x80\xff\r\n\r\n").last_event_id,
            "\x80\xff");
}

TEST(HostileField, Row37And99SizeOfTheHeader) {
  const auto fields = [](unsigned count) {  // besides Host
    std::string text;
    for (unsigned i = 0; i < count; ++i) text += "A" + std::to_string(i) + ": b\r\n";
    return text;
  };
  ExpectFields(kFine, {fields(63)});
  ExpectFields(431, {fields(64), fields(1000)});
  const std::size_t spare = 16384 - std::string("Host: h\r\nA: \r\n").size();
  ExpectFields(kFine, {"A: " + std::string(spare, 'b') + "\r\n"});
  ExpectFields(
      431, {"A: " + std::string(spare + 1, 'b') + "\r\n",
            "A: " + std::string(100 * 1024, 'b') + "\r\n", std::string(100 * 1024, 'N') + ": b\r\n",
            "Last-Event-ID: " + std::string(1024 * 1024, '1') + "\r\n"});
}

TEST(HostileField, Row38FramingWithUnderscores) {
  ExpectFields(400, {"Content_Length: 5\r\n", "transfer_encoding: chunked\r\n"});
  ExpectFields(kFine, {"X_Custom: 5\r\n"});
}

TEST(HostileField, Row39ConnectionTakesNothingAway) {
  EXPECT_EQ(HeadOf("GET / HTTP/1.1\r\nHost: h\r\nConnection: host\r\n\r\n").host, "h");
  const Outcome outcome = RunAllSplits(
      "POST / HTTP/1.1\r\nConnection: host, content-length\r\nHost: h\r\nContent-Length: "
      "2\r\n\r\nab",
      kPublishLimits);
  EXPECT_EQ(outcome.status, ParseStatus::kComplete);
  EXPECT_EQ(outcome.body, "ab");
}

TEST(HostileField, Row55And56AndAFewMoreAreIgnored) {
  ExpectFields(kFine,
               {"Connection: Upgrade\r\nUpgrade: h2c\r\n",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
                "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: a\r\n",
                "Upgrade: foo/1\r\n", "Range: bytes=0-\r\n", "If-None-Match: *\r\n",
                "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "Accept-Encoding: gzip\r\n",
                "X-Forwarded-For: 1.2.3.4\r\n", "Proxy-Connection: close\r\n"});
  const std::string body = "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab";
  ExpectPost(kFine, {body});
}

TEST(HostileField, Row57Accept) {
  const auto accepts = [](const std::string& fields) {
    return HeadOf("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n").accepts_event_stream;
  };
  EXPECT_TRUE(accepts(""));
  EXPECT_TRUE(accepts("Accept: application/json\r\nAccept: text/*;q=0.2\r\n"));
  EXPECT_FALSE(accepts("Accept: application/json\r\n"));
}

TEST(HostileField, Row100FieldsSentTwiceAreJoined) {
  const RequestHead head = HeadOf(
      "GET / HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 1-1\r\nOrigin: https://a\r\n"
      "last-event-id: 2-2\r\nOrigin: https://a\r\n\r\n");
  EXPECT_EQ(head.last_event_id, "1-1, 2-2");
  EXPECT_EQ(head.origin, "https://a, https://a");
}

}  // namespace
}  // namespace ringcast
