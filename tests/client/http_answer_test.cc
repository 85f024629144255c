#include "client/http_answer.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

TEST(HttpAnswer, ReadsWhatAStreamNeeds) {
  const Result<HttpAnswer> answer = ReadAnswerHead(
      "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n"
      "TRANSFER-ENCODING:  Chunked \r\nX-Other: \r\n\r\n");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_type, "text/event-stream");
  EXPECT_TRUE(answer->chunked);
  EXPECT_FALSE(answer->content_length.has_value());
}

TEST(HttpAnswer, ReadsLengthsRedirectsAndOldVersions) {
  const Result<HttpAnswer> moved =
      ReadAnswerHead("HTTP/1.0 301\r\nLocation: /there\r\nContent-Length: 12\r\n\r\n");
  ASSERT_TRUE(moved.ok()) << moved.error().message;
  EXPECT_EQ(moved->status, 301);
  EXPECT_EQ(moved->location, "/there");
  EXPECT_EQ(moved->content_length, 12u);
  EXPECT_FALSE(moved->chunked);
}

TEST(HttpAnswer, RefusesDoubtfulHeads) {
  for (const char* const head : {
           "\r\n",
           "HTTP/2 200\r\n\r\n",
           "HTTP/1.1 20\r\n\r\n",
           "HTTP/1.1 2000 OK\r\n\r\n",
           "HTTP/1.1 099 OK\r\n\r\n",
           "HTTP/1.1 abc OK\r\n\r\n",
           "http/1.1 200 OK\r\n\r\n",
           "HTTP/1.1 200 OK\r\n",
           "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
           "HTTP/1.1 200 OK\r\nSpace : x\r\n\r\n",
           "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
       }) {
    EXPECT_FALSE(ReadAnswerHead(head).ok()) << head;
  }
}

}  // namespace
}  // namespace ringcast
