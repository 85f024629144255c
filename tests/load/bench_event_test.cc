#include "load/bench_event.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace ringcast {
namespace {

TEST(BenchEvent, HasExactlyTheSizeAskedFor) {
  std::string data;
  for (const std::size_t size :
       {kMinPayloadBytes, std::size_t{65}, std::size_t{100}, std::size_t{5000}}) {
    for (const std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{12345}, UINT64_MAX}) {
      WriteBenchEvent(data, seq, INT64_MAX, size);
      EXPECT_EQ(data.size(), size) << seq;
      WriteBenchEvent(data, seq, 0, size);
      EXPECT_EQ(data.size(), size) << seq;
    }
  }
}

TEST(BenchEvent, TheLongestChannelFitsTheLeastSize) {
  std::string data;
  WriteBenchEvent(data, UINT64_MAX, INT64_MAX, kMinChannelPayloadBytes, kNoChannel - 1);
  EXPECT_EQ(data.size(), kMinChannelPayloadBytes);
  EXPECT_TRUE(data.ends_with("\"4294967294.\"}")) << data;
  WriteBenchEvent(data, 1, 2, 100, 17);
  EXPECT_TRUE(data.starts_with("{\"seq\":1,\"t_ns\":2,\"pad\":\"17.xxx")) << data;
  EXPECT_EQ(data.size(), 100u);
}

TEST(BenchEvent, IsJsonWithItsNumbers) {
  std::string data;
  WriteBenchEvent(data, 17, 123456789, 100);
  rapidjson::Document document;
  document.Parse(data.c_str(), data.size());
  ASSERT_FALSE(document.HasParseError()) << data;
  EXPECT_EQ(document["seq"].GetUint64(), 17u);
  EXPECT_EQ(document["t_ns"].GetInt64(), 123456789);
  EXPECT_TRUE(document["pad"].IsString());
}

}  // namespace
}  // namespace ringcast
