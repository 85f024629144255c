#include "redis/positions.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace ringcast {
namespace {

RedisPositions Some() {
  RedisPositions positions;
  positions.searched = {"bull:*:events", "with space"};
  positions.streams["plain"] = {.id = {1795256970201, 7}, .added = 1042};
  positions.streams[std::string("odd %\n\0\xff", 8)] = {.id = {}, .added = {}};
  return positions;
}

TEST(RedisPositions, IdsAsRedisWritesThem) {
  EXPECT_EQ(StreamId::Parse("5-7"), (StreamId{5, 7}));
  EXPECT_EQ((StreamId{5, 7}).ToString(), "5-7");
  EXPECT_LT((StreamId{5, 7}), (StreamId{6, 0}));
  for (const char* text :
       {"", "5", "-", "5-", "-7", "5-7-", "5 -7", "a-b", "-1-2", "18446744073709551616-0"}) {
    EXPECT_FALSE(StreamId::Parse(text)) << text;
  }
}

TEST(RedisPositions, WhatIsWrittenIsReadBack) {
  const Result<RedisPositions> read = ReadPositions(WritePositions(Some()));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, Some());
  EXPECT_EQ(*ReadPositions(""), RedisPositions{});
}

TEST(RedisPositions, AFileThatIsNoneIsRefusedByItsLine) {
  const std::string first = "ringcast redis positions 1\n";
  const std::pair<std::string, std::string> wrong[] = {
      {"something else\n", "line 1"},
      {first + "stream a 1-2\nstream b\n", "line 3"},
      {first + "stream a 1\n", "line 2"},
      {first + "stream a 1-2 x\n", "line 2"},
      {first + "stream a 1-2 3 4\n", "line 2"},
      {first + "stream %zz 1-2\n", "line 2"},
      {first + "searched\n", "line 2"},
      {first + "other a\n", "line 2"},
      {first + "\n", "line 2"},
      {first + "stream a 1-2", "line 2"}};
  for (const auto& [text, where] : wrong) {
    const Result<RedisPositions> read = ReadPositions(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message, where + " is no position");
  }
}

TEST(RedisPositions, AreKeptInAFile) {
  const test::TempDir directory;
  const std::string path = directory.File("positions");
  EXPECT_EQ(*LoadPositions(path), RedisPositions{}) << "none is as good as an empty one";
  ASSERT_TRUE(SavePositions(path, Some()).ok());
  EXPECT_EQ(*LoadPositions(path), Some());
  // What a writer that died has left does not matter.
  std::ofstream(path + ".new") << "half a li";
  ASSERT_TRUE(SavePositions(path, RedisPositions{}).ok());
  EXPECT_EQ(*LoadPositions(path), RedisPositions{});
}

TEST(RedisPositions, WhatCannotBeReadOrWrittenIsSaid) {
  const test::TempDir directory;
  EXPECT_NE(LoadPositions(directory.path()).error().message.find(directory.path()),
            std::string::npos);
  const Status saved = SavePositions(directory.File("none/positions"), Some());
  ASSERT_FALSE(saved.ok());
  EXPECT_NE(saved.error().message.find("No such file or directory"), std::string::npos);
  const std::string broken = directory.Write("broken", "x\n");
  EXPECT_EQ(LoadPositions(broken).error().message,
            broken +
                ": line 1 is no position; move the file away, and streams begin where `from` "
                "says");
}

}  // namespace
}  // namespace ringcast
