#include "protocol/sse_encoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "protocol/naive_sse.h"

namespace ringcast {
namespace {

using test::NaiveDecode;
using test::NaiveEvent;
using test::WithLf;

constexpr EventId kId{1732000000000, 7};

// Encodes into a buffer with guard bytes on both sides.
std::string Encode(EventId id, std::string_view type, std::string_view data) {
  const Event event{type, data};
  const FrameSize size = MeasureFrame(id, event);
  std::string buffer(size.frame + 32, '#');
  char* const end = EncodeFrame(id, event, size, buffer.data() + 16);
  EXPECT_EQ(end, buffer.data() + 16 + size.frame);
  EXPECT_EQ(buffer.substr(0, 16), std::string(16, '#'));
  EXPECT_EQ(buffer.substr(16 + size.frame), std::string(16, '#'));
  return buffer.substr(16, size.frame);
}

std::string Block(std::string_view frame) {
  const std::optional<ChunkView> view = ReadChunk(frame);
  EXPECT_TRUE(view.has_value());
  if (!view) return {};
  EXPECT_EQ(view->total, frame.size());
  return std::string(frame.substr(view->header, view->block));
}

std::string Hex(std::size_t value) {
  std::string text;
  for (; value > 0; value /= 16) text.insert(text.begin(), "0123456789ABCDEF"[value % 16]);
  return text;
}

TEST(SseEncoder, WritesOneChunkWithOneBlock) {
  EXPECT_EQ(Encode(kId, "", "hi"), "1E\r\nid: 1732000000000-7\ndata: hi\n\n\r\n");
  EXPECT_EQ(Encode(kId, "tick", "hi"), "2A\r\nid: 1732000000000-7\nevent: tick\ndata: hi\n\n\r\n");
}

// Hostile input 81.
TEST(SseEncoder, WritesADataLineForEachLine) {
  EXPECT_EQ(Block(Encode({1, 2}, "", "a\nb\r\nc\rd")),
            "id: 1-2\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(Block(Encode({1, 2}, "", "\n\r")), "id: 1-2\ndata: \ndata: \ndata: \n\n");
  EXPECT_EQ(Block(Encode({1, 2}, "", "a\r\n")), "id: 1-2\ndata: a\ndata: \n\n");
}

// Hostile inputs 86 to 88.
TEST(SseEncoder, KeepsAwkwardDataIdentical) {
  EXPECT_EQ(Block(Encode({1, 2}, "", "")), "id: 1-2\ndata:\n\n");
  const std::string awkward[] = {"",
                                 " leading space",
                                 "  two",
                                 ":colon",
                                 ": colon",
                                 "data: x",
                                 "id: 9-9",
                                 "\xEF\xBB\xBF bom",
                                 std::string("nul\0nul", 7),
                                 "\xE2\x80\xA8 and \xE2\x80\xA9 and \xC2\x85",
                                 "\xF0\x9F\x92\xA9",
                                 "\v\f\t",
                                 "\n",
                                 "\n\n",
                                 "\n\ndata: forged\n\n",
                                 " \n :"};
  for (const std::string& data : awkward) {
    const std::vector<NaiveEvent> events = NaiveDecode(Block(Encode({1, 2}, "t", data)));
    ASSERT_EQ(events.size(), 1u) << testing::PrintToString(data);
    EXPECT_EQ(events[0], (NaiveEvent{"t", data, "1-2"})) << testing::PrintToString(data);
  }
}

std::string RandomData(Rng& rng) {
  static const std::string kParts[] = {"\n",       "\r",
                                       "\r\n",     "a",
                                       " ",        ":",
                                       "data: ",   "0123456789abcdefghij",
                                       "\xC3\xA9", std::string("\0", 1)};
  std::string data;
  const std::size_t parts = rng.Below(rng.Below(4) == 0 ? 400 : 12);
  // Some texts have few line breaks, so that long runs without one are met as well.
  const std::size_t first = rng.Below(2) == 0 ? 0 : 3;
  for (std::size_t i = 0; i < parts; ++i) {
    data += kParts[first + rng.Below(std::size(kParts) - first)];
    if (rng.Below(40) == 0) data += kParts[rng.Below(3)];
  }
  return data;
}

TEST(SseEncoder, RoundTripsAnyEvent) {
  constexpr std::uint64_t kSeed = 424242;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  for (int round = 0; round < 5'000; ++round) {
    const EventId id{rng.Next() >> rng.Below(64), rng.Next() >> rng.Below(64)};
    const std::string type = rng.Below(2) == 0 ? "" : std::string(1 + rng.Below(255), 't');
    const std::string data = RandomData(rng);
    const std::string frame = Encode(id, type, data);
    const std::string block = Block(frame);
    EXPECT_EQ(frame, Hex(block.size()) + "\r\n" + block + "\r\n");
    const std::vector<NaiveEvent> events = NaiveDecode(block);
    ASSERT_EQ(events.size(), 1u) << testing::PrintToString(data);
    EXPECT_EQ(events[0], (NaiveEvent{type.empty() ? "message" : type, WithLf(data),
                                     std::to_string(id.ms) + "-" + std::to_string(id.number)}));
    EXPECT_EQ(block.find('\r'), std::string::npos);
  }
}

// A CRLF at every place around the steps of 16 bytes, and a CR or LF in its stead.
TEST(SseEncoder, CountsALineBreakAcrossAnyBoundary) {
  for (std::size_t before = 0; before < 50; ++before) {
    for (const std::string line_break : {"\r\n", "\r", "\n", "\n\r", "\r\r", "\n\n", "\r\r\n"}) {
      const std::string data = std::string(before, 'x') + line_break + std::string(20, 'y');
      const std::vector<NaiveEvent> events = NaiveDecode(Block(Encode({1, 2}, "", data)));
      ASSERT_EQ(events.size(), 1u);
      ASSERT_EQ(events[0].data, WithLf(data)) << before;
    }
  }
}

TEST(SseEncoder, HoldsTheLargestDataOfTheWorstKind) {
  const std::string data(kHardMaxDataSize, '\n');
  const FrameSize size = MeasureFrame(kId, {"", data});
  EXPECT_EQ(size.block, std::string("id: 1732000000000-7\n\n").size() + 7 * (data.size() + 1));
  EXPECT_EQ(Encode(kId, "", data).size(), size.frame);
}

TEST(SseEncoder, ReadsChunksOneAfterTheOther) {
  const std::string first = Encode({1, 1}, "", "one");
  const std::string second = Encode({1, 2}, "", std::string(5'000, 'x'));
  const std::string stored = first + second;
  const std::optional<ChunkView> view = ReadChunk(stored);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->total, first.size());
  const std::optional<ChunkView> next = ReadChunk(std::string_view(stored).substr(view->total));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->total, second.size());
  EXPECT_EQ(second.substr(next->header, next->block).substr(0, 8), "id: 1-2\n");
}

TEST(SseEncoder, ReadsNoChunkWhereThereIsNone) {
  const std::string frame = Encode({1, 1}, "", "one");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(ReadChunk(std::string_view(frame).substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(ReadChunk("0\r\n\r\n").has_value());
  EXPECT_FALSE(ReadChunk("\r\nid: 1-1\n").has_value());
  EXPECT_FALSE(ReadChunk("5\nabcde\r\n").has_value());
  EXPECT_FALSE(ReadChunk("5\r\nabcdefg").has_value());
  EXPECT_FALSE(ReadChunk("FFFFFFFFFFFFFFFF1\r\n").has_value());
}

// The server's own blocks. Each is written bare and as a chunk; the chunk holds the bare bytes.
template <class Append>
std::string OwnBlock(Append append) {
  std::string bare = "kept";
  append(bare, false);
  std::string chunk = "kept";
  append(chunk, true);
  EXPECT_EQ(bare.substr(0, 4), "kept");
  const std::string block = bare.substr(4);
  std::string lower_hex = Hex(block.size());
  for (char& c : lower_hex) c = static_cast<char>(std::tolower(c));
  const std::string header = chunk.substr(4, lower_hex.size());
  EXPECT_TRUE(header == lower_hex || header == Hex(block.size())) << header;
  EXPECT_EQ(chunk.substr(4 + header.size()), "\r\n" + block + "\r\n");
  return block;
}

TEST(ServerBlocks, Connected) {
  const std::string block = OwnBlock([](std::string& out, bool chunked) {
    AppendConnected(out, chunked, kId, Millis(3000), StreamStart::kLive);
  });
  EXPECT_EQ(block,
            "id: 1732000000000-7\nevent: connected\nretry: 3000\ndata: {\"start\":\"live\"}\n\n");
  EXPECT_EQ(Name(StreamStart::kResumed), "resumed");
  EXPECT_EQ(Name(StreamStart::kGap), "gap");
}

TEST(ServerBlocks, Gap) {
  const std::string known = OwnBlock([](std::string& out, bool chunked) {
    AppendGap(out, chunked, {"news/eu", EventId{1, 2}, EventId{3, 4}, GapReason::kSlow});
  });
  EXPECT_EQ(known,
            "event: gap\ndata: "
            "{\"channel\":\"news/eu\",\"from\":\"1-2\",\"to\":\"3-4\",\"reason\":\"slow\"}\n\n");
  const std::string unknown = OwnBlock([](std::string& out, bool chunked) {
    AppendGap(out, chunked, {"a", std::nullopt, std::nullopt, GapReason::kUnknownId});
  });
  EXPECT_EQ(unknown,
            "event: gap\ndata: "
            "{\"channel\":\"a\",\"from\":null,\"to\":null,\"reason\":\"unknown-id\"}\n\n");
  EXPECT_EQ(Name(GapReason::kExpired), "expired");
  EXPECT_EQ(Name(GapReason::kRestart), "restart");
}

TEST(ServerBlocks, DrainAndEnd) {
  EXPECT_EQ(OwnBlock([](std::string& out, bool chunked) { AppendDrain(out, chunked, 4711); }),
            "event: drain\nretry: 4711\ndata: {\"retry\":4711}\n\n");
  EXPECT_EQ(OwnBlock([](std::string& out, bool chunked) { AppendEnd(out, chunked, "a/b"); }),
            "event: end\ndata: {\"channel\":\"a/b\"}\n\n");
}

TEST(ServerBlocks, LastChunkOnlyWhereThereAreChunks) {
  std::string out;
  AppendLastChunk(out, false);
  EXPECT_EQ(out, "");
  AppendLastChunk(out, true);
  EXPECT_EQ(out, "0\r\n\r\n");
}

TEST(ServerBlocks, HeartbeatIsAComment) {
  EXPECT_EQ(Heartbeat(false), ":\n");
  EXPECT_EQ(Heartbeat(true), "2\r\n:\n\r\n");
  EXPECT_TRUE(NaiveDecode(std::string(Heartbeat(false))).empty());
}

}  // namespace
}  // namespace ringcast
