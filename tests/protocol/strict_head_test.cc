#include "protocol/strict_head.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringcast {
namespace {

constexpr StrictHead::Limits kSmall{.max_target = 16, .max_header_bytes = 32, .max_fields = 3};

// Feeds until something other than the end of the request line happens.
struct Taken {
  StrictHead::Status status = StrictHead::Status::kNeedMore;
  std::size_t consumed = 0;
  std::size_t line_end = 0;
  std::string target;
};

Taken FeedAll(StrictHead& head, std::string_view bytes) {
  Taken taken;
  while (true) {
    const StrictHead::Step step = head.Feed(bytes.substr(taken.consumed), taken.target);
    taken.consumed += step.consumed;
    taken.status = step.status;
    if (step.status != StrictHead::Status::kRequestLine) return taken;
    taken.line_end = taken.consumed;
  }
}

TEST(StrictHead, StopsBehindTheRequestLineAndBehindTheHead) {
  StrictHead head(kSmall);
  const std::string_view line = "HEAD /a?b=%2f HTTP/1.0\r\n";
  const std::string wire = std::string(line) + "A: b\r\n\r\nGET";
  const Taken taken = FeedAll(head, wire);
  EXPECT_EQ(taken.status, StrictHead::Status::kDone);
  EXPECT_EQ(taken.line_end, line.size());
  EXPECT_EQ(taken.consumed, wire.size() - 3);
  EXPECT_EQ(taken.target, "/a?b=%2f");
  EXPECT_EQ(head.method(), HttpMethod::kHead);
  EXPECT_TRUE(head.http_1_0());
}

TEST(StrictHead, PointsAtTheEarliestWrongByte) {
  struct Case {
    std::string_view good;
    std::string_view bad;
    int status;
  };
  for (const Case& c : {
           Case{"", "\n", 400},
           Case{"", " GET", 400},
           Case{"GET", "\r\n", 400},
           Case{"GET ", " / HTTP/1.1\r\n", 400},
           Case{"GET /", "\r\n", 400},
           Case{"GET /%", "g0", 400},
           Case{"GET /%0", "/", 400},
           Case{"GET /%", " HTTP/1.1", 400},
           Case{"GET / ", "http/1.1", 400},
           Case{"GET / HTTP/1.1", "\n", 400},
           Case{"GET / HTTP/1.1\r", "A", 400},
           Case{"GET / HTTP/1.1\r\n", "\n", 400},
           Case{"GET / HTTP/1.1\r\n", ":", 400},
           Case{"GET / HTTP/1.1\r\nA", " : b", 400},
           Case{"GET / HTTP/1.1\r\nA: b", "\n", 400},
           Case{"GET / HTTP/1.1\r\nA: b\r\n", "\tc", 400},
           Case{"GET / HTTP/1.1\r\nA: b\r\n\r", "c", 400},
           Case{"GET /23456789012345", "67", 414},
           Case{"GET / HTTP/1.1\r\n"
                "A:\r\nB:\r\nC:\r\n",
                "D:\r\n", 431},
           Case{"GET / HTTP/1.1\r\nA:345678901234567890123456789012", "3", 431},
       }) {
    StrictHead head(kSmall);
    // The target's first byte is the slash; 16 of its bytes are within the limit.
    const Taken taken = FeedAll(head, std::string(c.good) + std::string(c.bad));
    EXPECT_EQ(taken.status, StrictHead::Status::kError) << c.good << "|" << c.bad;
    EXPECT_EQ(head.error_status(), c.status) << c.good << "|" << c.bad;
    if (c.status == 400) {
      EXPECT_EQ(taken.consumed, c.good.size()) << c.good << "|" << c.bad;
    }
    EXPECT_FALSE(head.error_reason().empty());
  }
}

TEST(StrictHead, HoldsExactlyAtItsLimits) {
  StrictHead head(kSmall);
  // 16 bytes of target; 32 bytes of fields with their CRLFs, in 3 fields.
  const std::string fields = "A: 345678\r\nB: 345678\r\nC: 45678\r\n";
  ASSERT_EQ(fields.size(), 32u);
  EXPECT_EQ(FeedAll(head, "GET /234567890123456 HTTP/1.1\r\n" + fields + "\r\n").status,
            StrictHead::Status::kDone);
  head.Reset();
  EXPECT_EQ(FeedAll(head, "GET /2345678901234567 HTTP/1.1\r\n\r\n").status,
            StrictHead::Status::kError);
  EXPECT_EQ(head.error_status(), 414);
  head.Reset();
  EXPECT_EQ(FeedAll(head, "GET / HTTP/1.1\r\nA" + fields + "\r\n").status,
            StrictHead::Status::kError);
  EXPECT_EQ(head.error_status(), 431);
}

TEST(StrictHead, EmptyLinesBeforeARequestAreNotYetARequest) {
  StrictHead head(kSmall);
  std::string target;
  EXPECT_FALSE(head.started());
  EXPECT_EQ(head.Feed("\r\n\r\n", target).status, StrictHead::Status::kNeedMore);
  EXPECT_FALSE(head.started());
  EXPECT_EQ(head.Feed("G", target).status, StrictHead::Status::kNeedMore);
  EXPECT_TRUE(head.started());
  head.Reset();
  EXPECT_FALSE(head.started());
}

TEST(StrictHead, ALongMethodNeedsNoReadingOn) {
  StrictHead head(kSmall);
  const Taken taken = FeedAll(head, std::string(1000, 'A'));
  EXPECT_EQ(taken.status, StrictHead::Status::kError);
  EXPECT_EQ(head.error_status(), 501);
  EXPECT_EQ(taken.consumed, 32u);
}

TEST(StrictHead, EveryByteHasItsPlaceOrNone) {
  // Which bytes may stand in a method, a target, a field name and a field value, from the grammars
  // of RFC 9110 5.5 and 5.6.2 and RFC 3986 written out once more here.
  const std::string_view token =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    const bool is_token = token.find(c) != std::string_view::npos;
    const auto accepted = [](const std::string& bytes) {
      StrictHead head(kSmall);
      return FeedAll(head, bytes).status != StrictHead::Status::kError;
    };
    EXPECT_EQ(accepted(std::string("G") + c), is_token || c == ' ') << value;
    EXPECT_EQ(accepted(std::string("GET /") + c), value >= 0x20 && value < 0x7f && c != '#')
        << value;
    EXPECT_EQ(accepted(std::string("GET / HTTP/1.1\r\nA") + c), is_token || c == ':') << value;
    EXPECT_EQ(accepted(std::string("GET / HTTP/1.1\r\nA:") + c),
              (value >= 0x20 && value != 0x7f) || c == '\t' || c == '\r')
        << value;
  }
}

}  // namespace
}  // namespace ringcast
