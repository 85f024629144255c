// Framing and bodies that were made to confuse, by the rows of the table of hostile inputs.
#include <gtest/gtest.h>

#include <string>

#include "protocol/hostile_vectors.h"

namespace ringcast {
namespace {

TEST(HostileBody, Row13BodiesOfRefusedMethodsAreNotRead) {
  for (const std::string method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const Outcome outcome = RunAllSplits(
        method + " /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n");
    EXPECT_EQ(outcome.status, ParseStatus::kHeadComplete) << outcome.Describe();
    EXPECT_TRUE(outcome.body.empty());
    ExpectLines(kFine, {method + " /events/a HTTP/1.1"});
  }
  RequestParser parser;
  const ParseResult result = parser.Feed(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(result.status, ParseStatus::kHeadComplete);
  EXPECT_EQ(parser.Feed("").status, ParseStatus::kNeedMore);
  EXPECT_EQ(parser.Feed("1").status, ParseStatus::kError);
  EXPECT_EQ(parser.error_status(), 413);
}

TEST(HostileBody, Row40And41ContentLength) {
  for (const char* length : {"+5", "-1", "0x5", "5 5", "5,6", "5, 5", "", "9223372036854775808",
                             "18446744073709551616", "999999999999999999999999999999",
                             "000000000000000000000000000005", "5.0", "5;", "\"5\"", "a", "\xb2"}) {
    ExpectPost(400, {"Content-Length: " + std::string(length) + "\r\n\r\nhello"});
  }
  ExpectPost(400, {"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                   "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                   "Content-Length: 0\r\nA: b\r\nCONTENT-LENGTH: 0\r\n\r\n"});
  ExpectPost(kFine, {"Content-Length: 5\r\n\r\nhello", "Content-Length:  005 \r\n\r\nhello"});
}

TEST(HostileBody, Row42And43ContentLengthAndTransferEncoding) {
  const std::string body = "\r\n0\r\n\r\n";
  ExpectPost(400, {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + body,
                   "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + body,
                   "transfer-ENCODING: CHUNKED\r\ncontent-LENGTH: 0\r\n" + body,
                   "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n" + body});
  ExpectPost(400, {"Transfer-Encoding: chunked\r\n" + body, "Transfer-Encoding: gzip\r\n" + body},
             "HTTP/1.0");
}

TEST(HostileBody, Row44And45TransferEncoding) {
  const auto with = [](const std::string& value) {
    return Texts{"Transfer-Encoding: " + value + "\r\n\r\n0\r\n\r\n"};
  };
  for (const char* value : {"xchunked", "chunkedx", "gzip", "identity", "gzip, chunked"}) {
    ExpectPost(501, with(value));
  }
  for (const char* value :
       {"chunked, identity", "chunked,chunked", "chunked, chunked", ",chunked", "chunked,", "",
        "\vchunked", "\fchunked", "chunked ", "chunked\t", "chunked;q=1", "chunked\r\n x",
        "\"chunked\"", "chu nked", "chunked, gzip", "chunked\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: identity", "gzip\r\nTransfer-Encoding: chunked"}) {
    ExpectPost(400, with(value));
  }
  ExpectPost(kFine, with("chunked"));
  ExpectPost(kFine, with("\t ChunkeD"));
}

TEST(HostileBody, Row46BodyOfAMethodThatHasNone) {
  for (const std::string method : {"GET", "HEAD", "OPTIONS"}) {
    const std::string start = method + " /events/a HTTP/1.1\r\nHost: h\r\n";
    for (const RequestLimits& limits : {kStreamLimits, kPublishLimits}) {
      ExpectOutcome(400, start + "Content-Length: 1\r\n\r\na", limits);
      ExpectOutcome(400, start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", limits);
      ExpectOutcome(kFine, start + "Content-Length: 0\r\n\r\n", limits);
    }
  }
}

TEST(HostileBody, Row47ChunkSize) {
  ExpectChunks(kFine, {"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "A\r\n0123456789\r\n0\r\n\r\n"});
  for (const char* size : {"0x5", "+5", "-5", "5_0", " 5", "5 ", "", "00000000000000005",
                           "fffffffffffffffff", "g", "5\t", "\xb5", "5.0"}) {
    ExpectChunks(400, {std::string(size) + "\r\nhello\r\n0\r\n\r\n"});
  }
}

TEST(HostileBody, Row48ChunkLines) {
  ExpectChunks(400,
               {"5\nhello\r\n0\r\n\r\n", "5;a\nhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n",
                "5\rhello\r\n0\r\n\r\n", "5;" + std::string(300, 'x') + "\r\nhello\r\n0\r\n\r\n",
                "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n"});
  ExpectChunks(kFine, {"5;" + std::string(200, 'x') + "\r\nhello\r\n0\r\n\r\n"});
}

TEST(HostileBody, Row49ChunkData) {
  ExpectChunks(400, {"5\r\nhello!\r\n0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n",
                     "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n"});
}

TEST(HostileBody, Row50TrailersAreDropped) {
  const Outcome outcome = RunAllSplits(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"
      "Content-Length: 9\r\nTransfer-Encoding: gzip\r\nHost: evil\r\nAuthorization: x\r\n"
      "Connection: close\r\nLast-Event-ID: 1-1\r\nContent_Length: 4\r\n\r\n",
      kPublishLimits);
  ASSERT_EQ(outcome.status, ParseStatus::kComplete) << outcome.Describe();
  EXPECT_EQ(outcome.body, "ab");
  EXPECT_EQ(outcome.head.host, "h");
  EXPECT_EQ(outcome.head.content_length, std::nullopt);
  EXPECT_TRUE(outcome.head.keep_alive);
  EXPECT_FALSE(outcome.head.has_last_event_id);
}

TEST(HostileBody, Row51BodyTooLarge) {
  ExpectPost(413, {"Content-Length: 65\r\n\r\n", "Content-Length: 9223372036854775807\r\n\r\n"});
  ExpectChunks(413, {"41\r\n" + std::string(65, 'x') + "\r\n0\r\n\r\n",
                     "40\r\n" + std::string(64, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n",
                     "fffffff\r\n" + std::string(65, 'x'), "41\r\n", "41;a=b\r\nx",
                     "fffffffffffffff\r\n", "1\r\nx\r\n40\r\n"});
}

TEST(HostileBody, Row52PostWithoutLength) {
  for (const RequestLimits& limits : {kStreamLimits, kPublishLimits}) {
    const Outcome none = RunAllSplits("POST /p HTTP/1.1\r\nHost: h\r\n\r\n", limits);
    EXPECT_EQ(none.status, ParseStatus::kComplete);
    EXPECT_FALSE(none.head_complete_first);
    EXPECT_FALSE(none.head.has_body);
    const Outcome empty =
        RunAllSplits("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", limits);
    EXPECT_EQ(empty.status, ParseStatus::kComplete);
    EXPECT_TRUE(empty.head.has_body);
    EXPECT_EQ(empty.body, "");
  }
}

TEST(HostileBody, Row53And54Expect) {
  const auto post = [](const std::string& version, const std::string& rest) {
    return RunAllSplits("POST /p " + version + "\r\nHost: h\r\n" + rest, kPublishLimits);
  };
  const std::string wanted = "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nab";
  Outcome outcome = post("HTTP/1.1", wanted);
  EXPECT_TRUE(outcome.head_complete_first);
  EXPECT_TRUE(outcome.head.expect_continue);
  EXPECT_EQ(outcome.body, "ab");
  outcome = post("HTTP/1.0", wanted);  // ignored there
  EXPECT_EQ(outcome.status, ParseStatus::kComplete);
  EXPECT_FALSE(outcome.head.expect_continue);
  EXPECT_EQ(outcome.body, "ab");
  outcome = post("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(outcome.status, ParseStatus::kComplete);
  EXPECT_FALSE(outcome.head.expect_continue);  // nobody waits for a body of nothing
  ExpectPost(413, {"Expect: 100-continue\r\nContent-Length: 65\r\n\r\n"});
  ExpectPost(417, {"Expect: 200-ok\r\nContent-Length: 2\r\n\r\nab", "Expect: \r\n\r\n",
                   "Expect: 100-continue, x\r\nContent-Length: 2\r\n\r\nab",
                   "Expect: 100-continue\r\nExpect: x\r\nContent-Length: 2\r\n\r\nab"});
  ExpectFields(417, {"Expect: x\r\n"});
  ExpectFields(kFine, {"Expect: 100-continue\r\n"});
  ExpectPost(400,
             {"Expect: 100-continue\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"});
}

}  // namespace
}  // namespace ringcast
