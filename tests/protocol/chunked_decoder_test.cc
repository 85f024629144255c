#include "protocol/chunked_decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"

namespace ringcast {
namespace {

struct Decoded {
  std::string body;
  ChunkedDecoder::Status status = ChunkedDecoder::Status::kNeedMore;
  std::size_t consumed = 0;
};

// Feeds `bytes` in pieces of the given size, until they are over or nothing moves any more.
Decoded Decode(std::string_view bytes, std::size_t piece = std::string_view::npos) {
  ChunkedDecoder decoder;
  Decoded result;
  while (true) {
    const ChunkedDecoder::Step step = decoder.Next(bytes.substr(result.consumed, piece));
    result.consumed += step.consumed;
    result.body += step.data;
    result.status = step.status;
    if (step.status == ChunkedDecoder::Status::kEnd ||
        step.status == ChunkedDecoder::Status::kBroken) {
      return result;
    }
    if (result.consumed == bytes.size()) return result;
  }
}

TEST(ChunkedDecoder, ReadsABody) {
  const std::string bytes =
      "5\r\nhello\r\n1;a=\"b c\"\r\n \r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Decoded result = Decode(bytes, piece);
    EXPECT_EQ(result.body, "hello 0123456789");
    EXPECT_EQ(result.status, ChunkedDecoder::Status::kEnd);
    EXPECT_EQ(result.consumed, bytes.size());
  }
}

TEST(ChunkedDecoder, LeavesWhatComesAfterTheEnd) {
  const std::string body = "1\r\na\r\n0\r\n\r\n";
  const Decoded result = Decode(body + "HTTP/1.1 200 OK");
  EXPECT_EQ(result.status, ChunkedDecoder::Status::kEnd);
  EXPECT_EQ(result.consumed, body.size());
}

TEST(ChunkedDecoder, WaitsForTheLastByte) {
  const std::string body = "3\r\nabc\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Decoded result = Decode(std::string_view(body).substr(0, size));
    EXPECT_NE(result.status, ChunkedDecoder::Status::kEnd) << size;
    EXPECT_NE(result.status, ChunkedDecoder::Status::kBroken) << size;
  }
}

// Hostile inputs 47 to 50.
TEST(ChunkedDecoder, KnowsWhatAChunkIsStillToBring) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.Next("1f").status, ChunkedDecoder::Status::kNeedMore);
  EXPECT_EQ(decoder.announced(), 0u) << "the size may go on";
  EXPECT_EQ(decoder.Next("f;x=y\r\n").status, ChunkedDecoder::Status::kNeedMore);
  EXPECT_EQ(decoder.announced(), 0x1ffu);
  EXPECT_EQ(decoder.Next("abc").data, "abc");
  EXPECT_EQ(decoder.announced(), 0x1fcu);
  EXPECT_EQ(decoder.Next(std::string(0x1fc, 'x')).data.size(), 0x1fcu);
  EXPECT_EQ(decoder.announced(), 0u);
}

TEST(ChunkedDecoder, RefusesEveryDoubt) {
  const std::string refused[] = {
      "0x5\r\nhello\r\n",
      "+5\r\nhello\r\n",
      "-5\r\nhello\r\n",
      "5_0\r\n",
      " 5\r\nhello\r\n",
      "5 \r\nhello\r\n",
      "\r\nhello\r\n",
      ";a\r\n",
      "1234567890abcdef\r\n",
      "00000000000000005\r\nhello\r\n",
      "5\nhello\r\n",
      "5\rhello\r\n",
      "5;a\nb\r\nhello\r\n",
      "5;a\rb\r\nhello\r\n",
      std::string("5;a\0b\r\nhello\r\n", 14),
      "5;" + std::string(257, 'x') + "\r\nhello\r\n",
      "5\r\nhellohello\r\n",
      "5\r\nhell\r\n5\r\n",
      "5\r\nhello\n",
      "5\r\nhello5\r\n",
      "0\r\nA: b\n\r\n",
      "0\r\n\rX",
      "0\r\n" + std::string(9 * 1024, 'x') + "\r\n\r\n",
      "g\r\n",
  };
  for (const std::string& bytes : refused) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
      EXPECT_EQ(Decode(bytes, piece).status, ChunkedDecoder::Status::kBroken)
          << testing::PrintToString(bytes.substr(0, 40));
    }
  }
  EXPECT_EQ(Decode("5;" + std::string(256, 'x') + "\r\nhello\r\n").body, "hello");
}

TEST(ChunkedDecoder, StaysBroken) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.Next("zz").status, ChunkedDecoder::Status::kBroken);
  EXPECT_EQ(decoder.Next("1\r\na\r\n").status, ChunkedDecoder::Status::kBroken);
  EXPECT_EQ(decoder.Next("").status, ChunkedDecoder::Status::kBroken);
}

TEST(ChunkedDecoder, RoundTripsHoweverTheBodyIsCut) {
  constexpr std::uint64_t kSeed = 555;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  for (int round = 0; round < 3'000; ++round) {
    std::string body;
    std::string coded;
    const std::size_t chunks = rng.Below(6);
    for (std::size_t i = 0; i < chunks; ++i) {
      std::string data;
      const std::size_t size = 1 + rng.Below(300);
      for (std::size_t j = 0; j < size; ++j) data += "\r\n0a;"[rng.Below(5)];
      char header[32];
      coded.append(header, static_cast<std::size_t>(std::snprintf(
                               header, sizeof header, rng.Below(2) == 0 ? "%zx\r\n" : "%zX\r\n",
                               data.size())));
      coded += data + "\r\n";
      body += data;
    }
    coded += "0\r\n\r\n";
    const Decoded result = Decode(coded, 1 + rng.Below(50));
    ASSERT_EQ(result.body, body);
    ASSERT_EQ(result.status, ChunkedDecoder::Status::kEnd);
    ASSERT_EQ(result.consumed, coded.size());
  }
}

}  // namespace
}  // namespace ringcast
