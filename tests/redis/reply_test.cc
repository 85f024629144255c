#include "redis/reply.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

using Dropped = RedisReply::Dropped;
using Kind = RedisReply::Kind;

std::string Bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::unique_ptr<RedisReply> Read(RedisReplyReader& reader, std::string_view bytes) {
  EXPECT_TRUE(reader.Feed(bytes).ok());
  Result<std::unique_ptr<RedisReply>> reply = reader.Next();
  EXPECT_TRUE(reply.ok()) << reply.error().message;
  return reply.ok() ? std::move(*reply) : nullptr;
}

TEST(RedisReplyReader, EveryKindInEverySplit) {
  const std::string bytes =
      "+OK\r\n-ERR no\r\n:42\r\n$-1\r\n*-1\r\n" + Bulk("a\r\nb") + "*2\r\n*1\r\n:7\r\n" + Bulk("");
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    RedisReplyReader reader;
    std::vector<std::unique_ptr<RedisReply>> replies;
    for (const std::string_view part :
         {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)}) {
      ASSERT_TRUE(reader.Feed(part).ok());
      while (true) {
        Result<std::unique_ptr<RedisReply>> reply = reader.Next();
        ASSERT_TRUE(reply.ok());
        if (!*reply) break;
        replies.push_back(std::move(*reply));
      }
    }
    ASSERT_EQ(replies.size(), 7u) << cut;
    EXPECT_EQ(replies[0]->text, "OK");
    EXPECT_TRUE(replies[1]->is_error());
    EXPECT_EQ(replies[2]->integer, 42);
    EXPECT_EQ(replies[3]->kind, Kind::kNil);
    EXPECT_EQ(replies[4]->kind, Kind::kNil);
    EXPECT_EQ(replies[5]->text, "a\r\nb");
    ASSERT_EQ(replies[6]->items.size(), 2u);
    EXPECT_EQ(replies[6]->items[0]->items[0]->integer, 7);
    EXPECT_EQ(replies[6]->items[1]->text, "");
  }
}

TEST(RedisReplyReader, WhatIsNoProtocolIsSaid) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\n", "*-7\r\n", "$x\r\n", "*99999999999999999999\r\n", "*2000000\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"
        "*1\r\n"}) {
    RedisReplyReader reader;
    (void)reader.Feed(bytes);
    const Result<std::unique_ptr<RedisReply>> reply = reader.Next();
    ASSERT_FALSE(reply.ok()) << bytes;
    EXPECT_NE(reply.error().message.find("does not speak Redis' protocol"), std::string::npos);
    EXPECT_FALSE(reader.too_large());
  }
}

TEST(RedisReplyReader, ATextBeyondTheRoomIsDroppedAndTheRestIsRead) {
  RedisReplyReader reader;
  const std::string large(RedisReplyReader::kMaxReplyBytes * 2 / 5, 'x');
  const std::unique_ptr<RedisReply> reply =
      Read(reader, "*5\r\n" + Bulk(large) + Bulk(large) + Bulk(large) + Bulk("small") + ":5\r\n");
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->items.size(), 5u);
  EXPECT_EQ(reply->items[1]->dropped, Dropped::kNot);
  EXPECT_EQ(reply->items[2]->dropped, Dropped::kNoRoom);
  EXPECT_EQ(reply->items[2]->text, "");
  EXPECT_EQ(reply->items[4]->integer, 5);
  // The next reply has all the room again.
  EXPECT_EQ(Read(reader, Bulk(large))->dropped, Dropped::kNot);
}

TEST(RedisReplyReader, ATextThatIsAnnouncedTooLargeIsNotGathered) {
  RedisReplyReader reader;
  ASSERT_TRUE(reader.Feed("*3\r\n$3\r\nkey\r\n*2\r\n:1\r\n$16777217").ok());
  const Result<std::unique_ptr<RedisReply>> reply = reader.Next();
  ASSERT_FALSE(reply.ok());
  EXPECT_TRUE(reader.too_large());
  const std::unique_ptr<RedisReply> partial = reader.TakePartial();
  ASSERT_TRUE(partial);
  EXPECT_FALSE(partial->whole());
  ASSERT_EQ(partial->items.size(), 2u);
  EXPECT_EQ(partial->items[0]->text, "key");
  EXPECT_EQ(partial->items[1]->items.size(), 1u);
  EXPECT_FALSE(reader.TakePartial());
}

TEST(RedisReplyReader, ValuesWithoutEndAreNoReply) {
  RedisReplyReader reader;
  std::string many = "*1048576\r\n";
  for (int i = 0; i < 1'100'000; ++i) many += "*2\r\n:1\r\n:1\r\n";
  ASSERT_TRUE(reader.Feed(many).ok());
  ASSERT_FALSE(reader.Next().ok()) << "more values than any answer has";
}

}  // namespace
}  // namespace ringcast
