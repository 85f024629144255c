#include "support/sse_decoder.h"

#include <gtest/gtest.h>

namespace ringcast::test {
namespace {

SseEvent Only(std::string_view stream) {
  SseDecoder decoder;
  decoder.Feed(stream);
  std::optional<SseEvent> event = decoder.Next();
  EXPECT_TRUE(event.has_value()) << stream;
  EXPECT_FALSE(decoder.Next().has_value()) << stream;
  return event.value_or(SseEvent{});
}

TEST(SseDecoder, ReadsABlockAtEverySplitAndLineEnd) {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string stream =
        "\xEF\xBB\xBF"
        "event: news" +
        end + "id: 7-1" + end + "retry: 2500" + end + ": quiet" + end + "data: one" + end + "data" +
        end + "data:  two" + end + end + "data: x" + end + end;
    for (std::size_t split = 0; split <= stream.size(); ++split) {
      SseDecoder decoder;
      decoder.Feed(std::string_view(stream).substr(0, split));
      decoder.Feed(std::string_view(stream).substr(split));
      const std::optional<SseEvent> event = decoder.Next();
      ASSERT_TRUE(event.has_value());
      EXPECT_EQ(event->type, "news");
      EXPECT_EQ(event->id, "7-1");
      EXPECT_TRUE(event->has_id);
      EXPECT_EQ(event->retry, 2500u);
      EXPECT_EQ(event->data, "one\n\n two");
      const std::optional<SseEvent> second = decoder.Next();
      ASSERT_TRUE(second.has_value());
      EXPECT_EQ(second->type, "message");
      EXPECT_EQ(second->id, "7-1") << "the id stays until another comes";
      EXPECT_FALSE(second->has_id);
      EXPECT_EQ(second->retry, std::nullopt);
      EXPECT_EQ(decoder.comments(), 1u);
      EXPECT_EQ(decoder.last_comment(), " quiet");
      EXPECT_FALSE(decoder.MidBlock());
    }
  }
}

TEST(SseDecoder, StripsOneSpaceOnlyAndOneByteOrderMarkOnly) {
  EXPECT_EQ(Only("data:x\n\n").data, "x");
  EXPECT_EQ(Only("data:  x\n\n").data, " x");
  EXPECT_EQ(Only(":\ndata: \xEF\xBB\xBFx\n\n").data, "\xEF\xBB\xBFx");
  SseDecoder twice;
  twice.Feed(
      "\xEF\xBB\xBF\xEF\xBB\xBF"
      "data: x\n\n");
  EXPECT_FALSE(twice.Next().has_value());
  EXPECT_EQ(twice.unknown_fields(), 1u);
}

TEST(SseDecoder, KeepsNulAndWideBytesInData) {
  const std::string data("a\0b\xE2\x80\xA8\xF0\x9F\x98\x80", 10);
  EXPECT_EQ(Only("data: " + data + "\n\n").data, data);
  EXPECT_EQ(Only("data:\n\n").data, "");
}

TEST(SseDecoder, IgnoresWhatTheStandardIgnoresAndCountsIt) {
  SseDecoder decoder;
  decoder.Feed(std::string_view("id: a\0b\nretry: 1x\nretry:\nfoo: bar\n\n", 35));
  decoder.Feed("\n:\n\nevent: e\n\nid: 9\n\n");
  EXPECT_FALSE(decoder.Next().has_value());
  EXPECT_EQ(decoder.last_event_id(), "9");
  EXPECT_EQ(decoder.retry(), std::nullopt);
  EXPECT_EQ(decoder.unknown_fields(), 1u);
  EXPECT_EQ(decoder.blocks_without_data(), 3u);
  EXPECT_EQ(decoder.empty_blocks(), 2u) << "a blank line, and a comment with a blank line";
  EXPECT_EQ(decoder.comments(), 1u);
  decoder.Feed("data: x\n\n");
  EXPECT_EQ(decoder.Next().value_or(SseEvent{}).type, "message") << "a type ends with its block";
}

TEST(SseDecoder, TellsACutEvent) {
  SseDecoder decoder;
  decoder.Feed("data: x\n");
  EXPECT_TRUE(decoder.MidBlock());
  EXPECT_FALSE(decoder.Next().has_value());
  decoder.Feed("\n");
  EXPECT_FALSE(decoder.MidBlock());
  decoder.Feed(":");
  EXPECT_TRUE(decoder.MidBlock()) << "a heartbeat without its line end";
}

}  // namespace
}  // namespace ringcast::test
