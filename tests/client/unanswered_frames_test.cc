#include "client/unanswered_frames.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/publish_codec.h"

namespace ringcast {
namespace {

std::string FrameOf(std::uint64_t request, std::string_view data) {
  std::string frame;
  AppendPublish(frame, request, "a", {"", data});
  return frame;
}

TEST(UnansweredFrames, SendsAndForgetsInOrder) {
  UnansweredFrames frames;
  EXPECT_TRUE(frames.idle());
  EXPECT_EQ(frames.Push("a", {"", "one"}), 1u);
  EXPECT_EQ(frames.Push("a", {"", "two"}), 2u);
  EXPECT_EQ(frames.Unsent(), FrameOf(1, "one") + FrameOf(2, "two"));
  frames.MarkSent(frames.Unsent().size());
  EXPECT_FALSE(frames.Pop(2));
  EXPECT_TRUE(frames.Pop(1));
  EXPECT_EQ(frames.bytes(), FrameOf(2, "two").size());
  EXPECT_FALSE(frames.idle());
  EXPECT_TRUE(frames.Pop(2));
  EXPECT_FALSE(frames.Pop(3));
  EXPECT_TRUE(frames.idle());
  frames.Compact();
  EXPECT_TRUE(frames.idle());
  EXPECT_EQ(frames.bytes(), 0u);
}

TEST(UnansweredFrames, RefusesAnAnswerToWhatWasNotSent) {
  UnansweredFrames frames;
  frames.Push("a", {"", "one"});
  EXPECT_FALSE(frames.Pop(1));
  frames.MarkSent(15);
  EXPECT_FALSE(frames.Pop(1));
  frames.MarkSent(1);
  EXPECT_TRUE(frames.Pop(1));
}

// Data too large is answered by its header; the rest still has to follow on that connection.
TEST(UnansweredFrames, FinishesAFrameThatIsAnsweredEarly) {
  UnansweredFrames frames;
  const std::string large(1000, 'x');
  frames.Push("a", {"", large});
  frames.Push("a", {"", "two"});
  frames.MarkSent(100);
  ASSERT_TRUE(frames.Pop(1));
  frames.Compact();
  EXPECT_EQ(frames.Unsent(), FrameOf(1, large).substr(100) + FrameOf(2, "two"));
  EXPECT_EQ(frames.bytes(), FrameOf(2, "two").size());
  // On a new connection it is not wanted.
  frames.Restart();
  EXPECT_EQ(frames.Unsent(), FrameOf(2, "two"));
}

TEST(UnansweredFrames, RestartsAtTheFirstFrameWithoutAnAnswer) {
  UnansweredFrames frames;
  for (const char* const data : {"one", "two", "three"}) frames.Push("a", {"", data});
  frames.MarkSent(FrameOf(1, "one").size() + 5);
  ASSERT_TRUE(frames.Pop(1));
  frames.Restart();
  EXPECT_EQ(frames.Unsent(), FrameOf(2, "two") + FrameOf(3, "three"));
  EXPECT_EQ(frames.count(), 2u);
}

}  // namespace
}  // namespace ringcast
