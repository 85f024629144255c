#include "protocol/request_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "protocol/request_run.h"

namespace ringcast {
namespace {

TEST(RequestParser, ReadsWhatASubscriberSends) {
  const std::string wire =
      "GET /events/news?x=1 HTTP/1.1\r\n"
      "Host: example.org:8080\r\n"
      "accept: text/event-stream\r\n"
      "Cache-Control: no-cache\r\n"
      "LAST-EVENT-ID: \t1700000000000-7 \r\n"
      "Origin: https://app.example\r\n"
      "\r\n";
  const Outcome outcome = RunAllSplits(wire);
  ASSERT_EQ(outcome.status, ParseStatus::kComplete) << outcome.Describe();
  EXPECT_FALSE(outcome.head_complete_first);
  EXPECT_EQ(outcome.consumed, wire.size());
  EXPECT_EQ(outcome.head.method, HttpMethod::kGet);
  EXPECT_EQ(outcome.head.path(), "/events/news");
  EXPECT_EQ(outcome.head.query(), "x=1");
  EXPECT_EQ(outcome.head.host, "example.org:8080");
  EXPECT_TRUE(outcome.head.has_last_event_id);
  EXPECT_EQ(outcome.head.last_event_id, "1700000000000-7");
  EXPECT_TRUE(outcome.head.has_origin);
  EXPECT_EQ(outcome.head.origin, "https://app.example");
  EXPECT_TRUE(outcome.head.accepts_event_stream);
  EXPECT_TRUE(outcome.head.keep_alive);
  EXPECT_FALSE(outcome.head.http_1_0);
  EXPECT_FALSE(outcome.head.has_body);
}

TEST(RequestParser, KeepAlive) {
  const auto keeps = [](const std::string& version, const std::string& field) {
    const Outcome outcome = RunAllSplits("GET / " + version + "\r\nHost: h\r\n" + field + "\r\n");
    EXPECT_EQ(outcome.status, ParseStatus::kComplete) << outcome.Describe();
    return outcome.head.keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection: keep-alive\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection: closed\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: foo , close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: close\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_FALSE(keeps("HTTP/1.0", "Connection: keep-alive\r\n"));
}

TEST(RequestParser, ReadsABodyByLength) {
  const std::string wire = "POST /publish/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
  const Outcome outcome = RunAllSplits(wire + "GET", kPublishLimits);
  ASSERT_EQ(outcome.status, ParseStatus::kComplete) << outcome.Describe();
  EXPECT_TRUE(outcome.head_complete_first);
  EXPECT_EQ(outcome.consumed, wire.size());
  EXPECT_EQ(outcome.body, "hello");
  EXPECT_TRUE(outcome.head.has_body);
  EXPECT_EQ(outcome.head.content_length, 5u);
}

TEST(RequestParser, ReadsAChunkedBody) {
  const std::string wire =
      "POST /publish/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
      "3;a=\"b\"\r\nhel\r\n002\r\nlo\r\n0\r\n\r\n";
  const Outcome outcome = RunAllSplits(wire + "GET", kPublishLimits);
  ASSERT_EQ(outcome.status, ParseStatus::kComplete) << outcome.Describe();
  EXPECT_TRUE(outcome.head_complete_first);
  EXPECT_EQ(outcome.consumed, wire.size());
  EXPECT_EQ(outcome.body, "hello");
  EXPECT_TRUE(outcome.head.chunked);
  EXPECT_EQ(outcome.head.content_length, std::nullopt);
}

TEST(RequestParser, BodyMayFillTheLimitExactly) {
  const std::string full(kPublishLimits.max_body, 'x');
  const std::string by_length =
      "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(full.size()) + "\r\n\r\n";
  EXPECT_EQ(RunAllSplits(by_length + full, kPublishLimits).body, full);
  const std::string chunked =
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + full +
      "\r\n0\r\n\r\n";
  EXPECT_EQ(RunAllSplits(chunked, kPublishLimits).body, full);
}

TEST(RequestParser, ABodyMayBeReadAndDropped) {
  const std::string after = "GET /next HTTP/1.1\r\n";
  for (const std::string& framed :
       {std::string("Content-Length: 11\r\n\r\nhello world"),
        std::string("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")}) {
    const std::string wire = "POST /p HTTP/1.1\r\nHost: h\r\n" + framed;
    for (std::size_t step = 1; step < wire.size(); ++step) {
      RequestParser parser;  // of a listener that takes no bodies
      const std::string bytes = wire + after;
      std::size_t at = 0;
      ParseResult result{ParseStatus::kNeedMore, 0};
      while (result.status != ParseStatus::kComplete) {
        ASSERT_LT(at, bytes.size());
        result = parser.Feed(std::string_view(bytes).substr(at, step));
        at += result.consumed;
        ASSERT_NE(result.status, ParseStatus::kError) << parser.error_reason();
        if (result.status == ParseStatus::kHeadComplete) {
          ASSERT_TRUE(parser.DropBody(11));
        }
      }
      EXPECT_EQ(at, wire.size());
      EXPECT_EQ(parser.body(), "");
    }
  }
}

TEST(RequestParser, WhatIsDroppedIsLimitedAsWell) {
  RequestParser parser;
  EXPECT_EQ(parser.Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n").status,
            ParseStatus::kHeadComplete);
  EXPECT_FALSE(parser.DropBody(10));
  EXPECT_EQ(parser.Feed("x").status, ParseStatus::kError);
  EXPECT_EQ(parser.error_status(), 413);

  parser.Reset();
  EXPECT_EQ(parser.Feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").status,
            ParseStatus::kHeadComplete);
  EXPECT_TRUE(parser.DropBody(10));
  EXPECT_EQ(parser.Feed("6\r\nabcdef\r\n").status, ParseStatus::kNeedMore);
  EXPECT_EQ(parser.Feed("5\r\n").status, ParseStatus::kError);
  EXPECT_EQ(parser.error_status(), 413);

  // The next request's body is not dropped by the word for this one.
  parser.Reset();
  EXPECT_EQ(parser.Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n").status,
            ParseStatus::kHeadComplete);
  EXPECT_EQ(parser.Feed("x").status, ParseStatus::kError);
}

TEST(RequestParser, TakesPipelinedRequestsOneByOne) {
  const std::string first = "GET /health HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 1-1\r\n\r\n";
  const std::string second = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  const std::string third = "\r\nGET /c HTTP/1.0\r\n\r\n";
  const std::string wire = first + second + third;
  RequestParser parser(kPublishLimits);

  ParseResult result = parser.Feed(wire);
  EXPECT_EQ(result.status, ParseStatus::kComplete);
  std::size_t at = result.consumed;
  EXPECT_EQ(at, first.size());
  EXPECT_EQ(parser.head().last_event_id, "1-1");

  parser.Reset();
  EXPECT_FALSE(parser.started());
  result = parser.Feed(std::string_view(wire).substr(at));
  EXPECT_EQ(result.status, ParseStatus::kHeadComplete);
  EXPECT_TRUE(parser.started());
  EXPECT_FALSE(parser.head().has_last_event_id);
  at += result.consumed;
  result = parser.Feed(std::string_view(wire).substr(at));
  EXPECT_EQ(result.status, ParseStatus::kComplete);
  EXPECT_EQ(parser.body(), "ab");
  EXPECT_EQ(parser.TakeBody(), "ab");
  EXPECT_EQ(parser.body(), "");
  at += result.consumed;
  EXPECT_EQ(at, first.size() + second.size());

  parser.Reset();
  result = parser.Feed(std::string_view(wire).substr(at));
  EXPECT_EQ(result.status, ParseStatus::kComplete);
  EXPECT_EQ(parser.head().path(), "/c");
  EXPECT_TRUE(parser.head().http_1_0);
  EXPECT_FALSE(parser.head().has_body);
  EXPECT_EQ(at + result.consumed, wire.size());
}

TEST(RequestParser, TellsALateRequestFromAnIdleConnection) {
  RequestParser parser;
  EXPECT_EQ(parser.Feed("").status, ParseStatus::kNeedMore);
  EXPECT_EQ(parser.Feed("\r\n").status, ParseStatus::kNeedMore);
  EXPECT_FALSE(parser.started());
  EXPECT_EQ(parser.Feed("G").status, ParseStatus::kNeedMore);
  EXPECT_TRUE(parser.started());
}

TEST(RequestParser, AnErrorIsFinalUntilReset) {
  RequestParser parser;
  EXPECT_EQ(parser.Feed("get / HTTP/1.1\r\n").status, ParseStatus::kError);
  const std::string_view good = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const ParseResult again = parser.Feed(good);
  EXPECT_EQ(again.status, ParseStatus::kError);
  EXPECT_EQ(again.consumed, good.size());
  EXPECT_EQ(parser.error_status(), 501);
  parser.Reset();
  EXPECT_EQ(parser.error_status(), 0);
  EXPECT_EQ(parser.Feed(good).status, ParseStatus::kComplete);
}

TEST(RequestParser, ResetForgetsEveryField) {
  const std::string plain = "POST /b HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string expected = RunWhole(plain).Describe();
  for (const char* before :
       {"OPTIONS http://other/a?q HTTP/1.0\r\nAccept: a/b\r\nConnection: close\r\nLast-Event-ID: "
        "1-1\r\n"
        "Origin: o\r\nAccess-Control-Request-Method: GET\r\nContent-Length: 0\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nContent_Length: 1\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nLast-Event", "GET /a HTTP/1.1\r\nHost: h\r\nOrigin: ab",
        "POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /%4"}) {
    RequestParser parser;
    static_cast<void>(parser.Feed(before));
    parser.Reset();
    EXPECT_EQ(RunPieces(parser, plain, plain.size(), 1, {}).Describe(), expected) << before;
  }
}

TEST(RequestParser, MovesWithItsState) {
  RequestParser parser;
  EXPECT_EQ(parser.Feed("GET /moved HTTP/1.1\r\nHo").status, ParseStatus::kNeedMore);
  RequestParser moved = std::move(parser);
  EXPECT_EQ(moved.Feed("st: h\r\n\r\n").status, ParseStatus::kComplete);
  EXPECT_EQ(moved.head().path(), "/moved");
  EXPECT_EQ(moved.head().host, "h");
}

TEST(RequestParserDeathTest, WantsResetBetweenRequests) {
  RequestParser parser;
  ASSERT_EQ(parser.Feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, ParseStatus::kComplete);
  EXPECT_DEATH(parser.Feed("G"), "Reset");
}

// Damages sound requests at random: whatever the outcome is, each split must agree on it.
TEST(RequestParser, Row62RandomDamageGivesOneOutcomeInEverySplit) {
  const std::string seeds[] = {
      "GET /events/a?b=%20 HTTP/1.1\r\nHost: h\r\nAccept: */*;q=0.5\r\nLast-Event-ID: 1-2\r\n\r\n",
      "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nA: "
      "b\r\n\r\n",
      "OPTIONS http://h:1/x HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: h2c\r\nOrigin: a\r\n\r\n"};
  const std::string_view bytes("\r\n \t:;,%#/0159aZ\0\x7f\x80\xff", 20);
  const unsigned seed = 62;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int sound = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string wire = seeds[random() % std::size(seeds)];
    const unsigned damages = random() % 4;
    for (unsigned i = 0; i < damages; ++i) {
      const std::size_t at = random() % wire.size();
      const char byte = bytes[random() % bytes.size()];
      switch (random() % 4) {
        case 0:
          wire[at] = byte;
          break;
        case 1:
          wire.insert(at, 1, byte);
          break;
        case 2:
          wire.erase(at, 1);
          break;
        case 3:
          wire.insert(at, wire.substr(random() % wire.size(), random() % 24));
          break;
      }
    }
    const Outcome outcome = RunAllSplits(wire, kPublishLimits);
    ASSERT_NE(outcome.error, -1) << outcome.reason << "\n" << wire;
    if (outcome.status == ParseStatus::kComplete) ++sound;
  }
  EXPECT_GT(sound, 300);   // the undamaged ones at least
  EXPECT_LT(sound, 1200);  // and most damage is seen
}

}  // namespace
}  // namespace ringcast
