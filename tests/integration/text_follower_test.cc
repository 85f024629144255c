#include "integration/text_follower.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace ringcast::test {
namespace {

constexpr std::string_view kText = "first\n\nthird line\n";
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string Chunk(const std::string& payload) {
  char size[20];
  std::snprintf(size, sizeof size, "%zX\r\n", payload.size());
  return size + payload + "\r\n";
}
const std::string kConnected = Chunk("event: connected\nretry: 1\ndata: {}\n\n");

TextFollower Follow(const std::string& stream, std::size_t cut = 0) {
  TextFollower follower(kText);
  follower.Take(std::string_view(stream).substr(0, cut));
  follower.Take(std::string_view(stream).substr(cut));
  return follower;
}

std::string Why(const std::string& body) {
  return Follow(std::string(kHead) + kConnected + body).why();
}

TEST(TextFollower, FollowsWhereverTheInputIsCut) {
  const std::string stream = std::string(kHead) + kConnected + Chunk(":\n") +
                             Chunk("id: 1-1\ndata: first\n\n") +
                             Chunk("data:\n\nid: 1-3\ndata: third line\n\n");
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const TextFollower follower = Follow(stream, cut);
    ASSERT_TRUE(follower.complete()) << "cut at " << cut << ": " << follower.why();
    ASSERT_EQ(follower.lines(), 3u);
  }
}

TEST(TextFollower, IsNotCompleteBeforeTheLastLine) {
  const TextFollower follower =
      Follow(std::string(kHead) + kConnected + Chunk("data: first\n\ndata:\n\n"));
  EXPECT_EQ(follower.why(), "");
  EXPECT_FALSE(follower.complete());
}

TEST(TextFollower, NoticesWhatIsNotTheText) {
  const std::string first = Chunk("data: first\n\n");
  EXPECT_NE(Why(Chunk("data: firs\n\n")), "");
  EXPECT_NE(Why(Chunk("data: firsT\n\n")), "");
  EXPECT_NE(Why(Chunk("data: first \n\n")), "");
  EXPECT_NE(Why(Chunk("data:  first\n\n")), "");
  EXPECT_NE(Why(first + first), "") << "doubled";
  EXPECT_NE(Why(first + Chunk("data: third line\n\n")), "") << "lost";
  EXPECT_NE(Why(first + Chunk("data:\n\ndata: third line\n\n") + first), "") << "beyond the end";
  EXPECT_NE(Why(Chunk("data: first\ndata:\n\n")), "") << "two lines of data";
  EXPECT_NE(Why(first + Chunk("event: gap\ndata: {}\n\n")), "");
  EXPECT_NE(Why(first + kConnected), "") << "connected twice";
  EXPECT_NE(Why(first + "0\r\n\r\n"), "") << "the last chunk";
  EXPECT_NE(Why(first + "x\r\n"), "");
  EXPECT_NE(Why("3\r\n:::::"), "") << "a chunk that is too long";
  EXPECT_NE(Follow(std::string(kHead) + first).why(), "") << "no connected";
  EXPECT_NE(Follow("HTTP/1.1 404 Not Found\r\n\r\n").why(), "");
}

}  // namespace
}  // namespace ringcast::test
