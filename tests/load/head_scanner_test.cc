#include "load/head_scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

using Result = HeadScanner::Result;

struct Scanned {
  Result result;
  unsigned status;
  bool chunked;
  bool event_stream;
  std::string rest;
  bool operator==(const Scanned&) const = default;
};

Scanned Scan(std::string_view text, std::size_t cut) {
  HeadScanner scanner;
  std::string_view first = text.substr(0, cut);
  Result result = scanner.Next(first);
  std::string rest(first);
  if (result == Result::kNeedMore) {
    EXPECT_TRUE(first.empty());
    std::string_view second = text.substr(cut);
    result = scanner.Next(second);
    rest = second;
  } else {
    rest += text.substr(cut);
  }
  return {result, scanner.status(), scanner.chunked(), scanner.event_stream(), rest};
}

void ExpectAtEveryCut(const std::string& text, const Scanned& expected) {
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const Scanned scanned = Scan(text, cut);
    ASSERT_TRUE(scanned == expected)
        << "cut at " << cut << ": status " << scanned.status << " chunked " << scanned.chunked
        << " stream " << scanned.event_stream << " rest '" << scanned.rest << "' of\n"
        << text;
  }
}

TEST(HeadScanner, ReadsStatusFramingAndType) {
  ExpectAtEveryCut(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
      "TRANSFER-encoding:Chunked\r\nX: y: z\r\n\r\n5\r\n",
      {Result::kDone, 200, true, true, "5\r\n"});
  ExpectAtEveryCut("HTTP/1.0 200 OK\nContent-Type:text/event-stream\n\ndata",
                   {Result::kDone, 200, false, true, "data"});
  ExpectAtEveryCut("HTTP/1.1 404\r\nContent-Type: text/plain\r\n\r\n",
                   {Result::kDone, 404, false, false, ""});
  ExpectAtEveryCut("HTTP/1.1 200 OK\r\nX-Transfer-Encoding: chunked\r\nContent-Types: a\r\n\r\n",
                   {Result::kDone, 200, false, false, ""});
}

TEST(HeadScanner, AsksForMoreUntilTheBlankLine) {
  HeadScanner scanner;
  std::string_view head = "HTTP/1.1 200 OK\r\nA: b\r\n";
  EXPECT_EQ(scanner.Next(head), Result::kNeedMore);
  std::string_view end = "\r\nrest";
  EXPECT_EQ(scanner.Next(end), Result::kDone);
  EXPECT_EQ(end, "rest");
}

TEST(HeadScanner, RefusesWhatIsNoHead) {
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("HTTP/2 200\r\n\r\n"),
        std::string("HTTP/1.1 2x0 OK\r\n\r\n"), std::string("HTTP/1.1 2000 OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nA: " + std::string(40'000, 'x') + "\r\n\r\n"}) {
    std::string_view rest = text;
    EXPECT_EQ(HeadScanner().Next(rest), Result::kBroken) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace ringcast
