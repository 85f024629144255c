#include "protocol/ndjson.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

// The data of a line that is valid, or the error of one that is not.
std::string DataOf(std::string_view json_value) {
  PublishLineParser parser;
  PublishLine line;
  const std::string text = "{\"channel\":\"a\",\"data\":" + std::string(json_value) + "}";
  const Status status = parser.Parse(text, line);
  return status.ok() ? line.data : "error: " + status.error().message;
}

std::string ErrorOf(std::string_view text) {
  PublishLineParser parser;
  PublishLine line;
  const Status status = parser.Parse(text, line);
  return status.ok() ? "" : status.error().message;
}

TEST(Ndjson, ReadsALine) {
  PublishLineParser parser;
  PublishLine line;
  ASSERT_TRUE(parser.Parse(R"({"channel":"news/eu","event":"tick","data":"hello"})", line).ok());
  EXPECT_EQ(line.channel, "news/eu");
  EXPECT_EQ(line.type, "tick");
  EXPECT_EQ(line.data, "hello");
  // The same objects again, in another order, without the event, with white space around.
  ASSERT_TRUE(parser.Parse(" {\"data\" : 1 , \"channel\":\"b\"}\t\r", line).ok());
  EXPECT_EQ(line.channel, "b");
  EXPECT_EQ(line.type, "");
  EXPECT_EQ(line.data, "1");
}

TEST(Ndjson, ReadsAKeyWhereThereIsOne) {
  PublishLineParser parser;
  PublishLine line;
  ASSERT_TRUE(parser.Parse(R"({"channel":"a","key":"k \u00e9","data":"x"})", line).ok());
  EXPECT_TRUE(line.has_key);
  EXPECT_EQ(line.key, "k \xC3\xA9");
  ASSERT_TRUE(parser.Parse(R"({"channel":"a","key":"","data":{"key":"inside"}})", line).ok());
  EXPECT_TRUE(line.has_key) << "an empty one is for others to refuse";
  EXPECT_EQ(line.key, "");
  EXPECT_EQ(line.data, R"({"key":"inside"})");
  ASSERT_TRUE(parser.Parse(R"({"channel":"a","data":"x"})", line).ok());
  EXPECT_FALSE(line.has_key);
  EXPECT_EQ(ErrorOf(R"({"channel":"a","key":1,"data":"x"})"),
            "column 22: \"key\" must be a string");
}

TEST(Ndjson, TakesAStringAsItIs) {
  EXPECT_EQ(DataOf(R"("")"), "");
  EXPECT_EQ(DataOf(R"("a\n\"b\"\\ \u00e9 \ud83d\ude00")"), "a\n\"b\"\\ \xC3\xA9 \xF0\x9F\x98\x80");
  EXPECT_EQ(DataOf(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(DataOf("\"\xC3\xA9\""), "\xC3\xA9");
}

TEST(Ndjson, WritesOtherJsonCompact) {
  EXPECT_EQ(DataOf("null"), "null");
  EXPECT_EQ(DataOf("true"), "true");
  EXPECT_EQ(DataOf("false"), "false");
  EXPECT_EQ(DataOf("[ ]"), "[]");
  EXPECT_EQ(DataOf("{ }"), "{}");
  EXPECT_EQ(DataOf(R"({ "b" : [ 1 , { "c" : null } , "x" ] , "a" : "\n\u0001" })"),
            R"({"b":[1,{"c":null},"x"],"a":"\n\u0001"})");
  // Keys of the line mean nothing inside the data.
  EXPECT_EQ(DataOf(R"({"channel":1,"channel":2,"other":3})"),
            R"({"channel":1,"channel":2,"other":3})");
}

TEST(Ndjson, KeepsNumbersByteForByte) {
  for (const char* const number :
       {"0", "-0", "1.0", "1.10", "1E5", "1e+05", "-0.0e-7", "3.141592653589793238462643383279",
        "123456789012345678901234567890", "18446744073709551616"}) {
    EXPECT_EQ(DataOf(number), number);
    EXPECT_EQ(DataOf("[" + std::string(number) + "]"), "[" + std::string(number) + "]");
  }
}

TEST(Ndjson, RefusesNumbersThatAreNoJson) {
  for (const char* const number :
       {"01", "+1", ".5", "1.", "1e", "NaN", "Infinity", "0x1", "--1", "1e400"}) {
    EXPECT_EQ(DataOf(number).substr(0, 6), "error:") << number;
  }
}

TEST(Ndjson, RefusesTheWrongShape) {
  EXPECT_EQ(ErrorOf(R"({"channel":"a","data":"x"})"), "");
  const char* const refused[] = {
      "",
      " ",
      "null",
      "1",
      "\"channel\"",
      "[]",
      "{}",
      R"({"channel":"a"})",
      R"({"data":"x"})",
      R"({"channel":1,"data":"x"})",
      R"({"channel":null,"data":"x"})",
      R"({"channel":["a"],"data":"x"})",
      R"({"channel":"a","event":1,"data":"x"})",
      R"({"channel":"a","event":null,"data":"x"})",
      R"({"channel":"a","event":{},"data":"x"})",
      R"({"channel":"a","data":"x","id":"1"})",
      R"({"channel":"a","key":null,"data":"x"})",
      R"({"channel":"a","key":"a","key":"b","data":"x"})",
      R"({"Channel":"a","data":"x"})",
      R"({"channel":"a","channel":"b","data":"x"})",
      R"({"channel":"a","data":"x","data":"y"})",
      R"({"channel":"a","event":"t","event":"u","data":"x"})",
      R"({"channel":"a","data":"x"} x)",
      R"({"channel":"a","data":"x"}{"channel":"a","data":"x"})",
      R"({"channel":"a","data":"x",})",
      R"({"channel":"a" "data":"x"})",
      R"({'channel':"a","data":"x"})",
      R"({"channel":"a","data":"x")",
      R"({"channel":"a","data":"x)",
      R"({"channel":"a","data":[1,2})",
      R"({"channel":"a","data":[1,]})",
      R"({"channel":"a","data":})",
      R"({"channel":"a","data":"\x"})",
      R"({"channel":"a","data":"\ud800"})",
      R"({"channel":"a","data":"\ud800\u0041"})",
      R"({"channel":"a","data":"x"} // comment)",
      "{\"channel\":\"a\",\"data\":\"\xFF\"}",
      "{\"channel\":\"a\",\"data\":\"\xC0\x80\"}",
      "{\"channel\":\"a\",\"data\":\"\xED\xA0\x80\"}",
      "{\"channel\":\"a\",\"data\":[\"\xFF\"]}",
      "{\"channel\":\"a\",\"data\":\"tab\there\"}",
      "\xEF\xBB\xBF{\"channel\":\"a\",\"data\":\"x\"}",
  };
  for (const char* const text : refused) EXPECT_NE(ErrorOf(text), "") << text;
}

// A low surrogate on its own is no character; what is not UTF-8 never comes out as valid data.
TEST(Ndjson, RefusesALoneLowSurrogate) {
  EXPECT_EQ(DataOf(R"("\udc00")").substr(0, 6), "error:");
  EXPECT_EQ(DataOf(R"(["\udc00"])").substr(0, 6), "error:");
  EXPECT_EQ(DataOf(R"({"\udfff":1})").substr(0, 6), "error:");
  EXPECT_EQ(DataOf(R"("\ud7ff")"), "\xED\x9F\xBF");
}

TEST(Ndjson, RefusesNulAfterTheObject) {
  const std::string line = R"({"channel":"a","data":"x"})";
  EXPECT_EQ(ErrorOf(line), "");
  EXPECT_NE(ErrorOf(line + std::string("\0", 1)), "");
  EXPECT_NE(ErrorOf(line + std::string("\0junk", 5)), "");
  EXPECT_NE(ErrorOf(std::string("{\"channel\":\"a\0\",\"data\":\"x\"}", 27)), "");
}

TEST(Ndjson, TellsTheColumn) {
  EXPECT_EQ(ErrorOf(R"({"channel":"a","data":"x"} x)"),
            "column 28: there is something after the object");
  EXPECT_NE(ErrorOf(R"({"channel":"a","chanel":"b"})").find("unknown key"), std::string::npos);
  EXPECT_NE(ErrorOf(R"({"channel":"a"})").find("\"data\" is missing"), std::string::npos);
}

TEST(Ndjson, NestsDeeplyWithoutTheStack) {
  const std::string deep = std::string(500'000, '[') + std::string(500'000, ']');
  EXPECT_EQ(DataOf(deep), deep);
  EXPECT_EQ(DataOf(std::string(500'000, '[')).substr(0, 6), "error:");
}

TEST(Ndjson, WorksAgainAfterAnError) {
  PublishLineParser parser;
  PublishLine line;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(parser.Parse(R"({"channel":"a","data":[[[1,)", line).ok());
    ASSERT_TRUE(parser.Parse(R"({"channel":"b","data":[2]})", line).ok());
    EXPECT_EQ(line.channel, "b");
    EXPECT_EQ(line.data, "[2]");
  }
}

}  // namespace
}  // namespace ringcast
