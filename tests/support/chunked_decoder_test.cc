#include "support/chunked_decoder.h"

#include <gtest/gtest.h>

namespace ringcast::test {
namespace {

using State = ChunkedDecoder::State;

TEST(ChunkedDecoder, TakesTheFramingOffAtEverySplit) {
  const std::string input = "5\r\nhello\r\nB;name=x\r\n, wide world\r\n0\r\nTrailer: y\r\n\r\nrest";
  // B is 11: ", wide worl" and then "d" would stand where CR must.
  std::string body;
  ChunkedDecoder wrong;
  wrong.Feed(input, body);
  EXPECT_EQ(wrong.state(), State::kBroken);

  std::string good = input;
  good.replace(good.find('B'), 1, "C");
  for (std::size_t split = 0; split <= good.size(); ++split) {
    ChunkedDecoder decoder;
    std::string out;
    std::size_t used = decoder.Feed(std::string_view(good).substr(0, split), out);
    used += decoder.Feed(std::string_view(good).substr(used), out);
    ASSERT_EQ(decoder.state(), State::kComplete) << "split at " << split << ": " << decoder.why();
    EXPECT_EQ(out, "hello, wide world");
    EXPECT_EQ(good.substr(used), "rest");
    EXPECT_EQ(decoder.chunks(), 2u);
  }
}

TEST(ChunkedDecoder, TellsChunkBoundaries) {
  ChunkedDecoder decoder;
  std::string out;
  EXPECT_TRUE(decoder.AtChunkBoundary());
  decoder.Feed("3\r\nabc", out);
  EXPECT_FALSE(decoder.AtChunkBoundary());
  decoder.Feed("\r\n", out);
  EXPECT_TRUE(decoder.AtChunkBoundary());
  decoder.Feed("1", out);
  EXPECT_FALSE(decoder.AtChunkBoundary());
}

TEST(ChunkedDecoder, RefusesWhatASenderMustNotProduce) {
  for (const char* input : {"\r\n", "g\r\n", "5 \r\n", "0x5\r\n", "-1\r\n", "5\n", "1\r\nab\r\n",
                            "1\r\na\n", "1;x\n", "0\r\n\n", "1111111111111111\r\n"}) {
    ChunkedDecoder decoder;
    std::string out;
    decoder.Feed(input, out);
    EXPECT_EQ(decoder.state(), State::kBroken) << input;
    EXPECT_NE(decoder.why(), "") << input;
  }
}

}  // namespace
}  // namespace ringcast::test
