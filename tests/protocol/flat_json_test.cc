#include "protocol/flat_json.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

std::string Why(std::string_view json) {
  const Result<FlatJson> read = ReadFlatJson(json);
  return read ? "" : read.error().message;
}

TEST(FlatJson, GivesKeysAndValuesInTheirOrder) {
  const Result<FlatJson> read = ReadFlatJson(R"( {"b": "text", "a" : 100, "c":-1.50e2, "d":""} )");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, (FlatJson{{"b", "text"}, {"a", "100"}, {"c", "-1.50e2"}, {"d", ""}}));
  EXPECT_TRUE(ReadFlatJson("{}")->empty());
}

TEST(FlatJson, WhatIsNoneIsRefusedWithAReason) {
  for (const char* wrong : {"",
                            " ",
                            "{",
                            "}",
                            "[]",
                            "1",
                            "\"a\"",
                            "true",
                            "null",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{\"a\":1}{}",
                            "{'a':1}",
                            "{\"a\":1",
                            "{\"a\":{}}",
                            "{\"a\":[]}",
                            "{\"a\":true}",
                            "{\"a\":null}",
                            "{\"a\":1,\"a\":1}",
                            "{\"a\":\"\xff\"}",
                            "{\"\\n\":1}",
                            "{\"a\":\"\\u00e9\"}",
                            "{\"a\":\"\\ud800\"}"}) {
    EXPECT_NE(Why(wrong), "") << wrong;
  }
  EXPECT_EQ(Why("{\"a\":1,\"b\":false}"), "b: takes a text or a number");
  EXPECT_EQ(Why("[1]"), "the body is no JSON object");
}

TEST(FlatJson, NestingCostsNothing) {
  EXPECT_NE(Why(std::string(100'000, '[')), "");
  EXPECT_NE(Why("{\"a\":" + std::string(100'000, '{')), "");
}

}  // namespace
}  // namespace ringcast
