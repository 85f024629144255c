#include "protocol/publish_answers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringcast {
namespace {

using Status = AnswerDecoder::Status;

TEST(PublishAnswers, WritesTheDocumentedBytes) {
  std::string out;
  AppendHello(out, 1 << 20, 4 << 20);
  EXPECT_EQ(out, std::string("\xC5RCP\x01\0\0\0\0\0\x10\0\0\0\x40\0", 16));

  out.clear();
  AckBuilder acks;
  acks.Add(5, {0x0102, 1}, out);
  acks.Add(6, {0x0102, 2}, out);
  EXPECT_EQ(acks.pending(), 2u);
  EXPECT_TRUE(out.empty());
  acks.Flush(out);
  EXPECT_EQ(out, std::string("\x2C\0\0\0\x81\0\x02\0\x05\0\0\0\0\0\0\0"
                             "\x02\x01\0\0\0\0\0\0\x01\0\0\0\0\0\0\0"
                             "\x02\x01\0\0\0\0\0\0\x02\0\0\0\0\0\0\0",
                             48));

  out.clear();
  AppendNack(out, 7, NackCode::kTooLarge, "no");
  EXPECT_EQ(out, std::string("\x0E\0\0\0\x82\x04\x02\0\x07\0\0\0\0\0\0\0no", 18));
  out.clear();
  AppendError(out, 8, ErrorCode::kSequence, "no");
  EXPECT_EQ(out, std::string("\x0E\0\0\0\x83\x03\x02\0\x08\0\0\0\0\0\0\0no", 18));
}

TEST(PublishAnswers, ReadsTheServersHello) {
  std::string out;
  AppendHello(out, 123, 456);
  const std::optional<ServerHello> hello = ReadServerHello(out);
  ASSERT_TRUE(hello.has_value());
  EXPECT_EQ(hello->version, RINGCAST_PUBLISH_VERSION);
  EXPECT_EQ(hello->max_data, 123u);
  EXPECT_EQ(hello->read_ahead, 456u);
  EXPECT_FALSE(ReadServerHello("HTTP/1.1 400 Bad").has_value());
}

struct Seen {
  Status status;
  std::uint64_t request;
  EventId id;
  int code;
  std::string text;

  friend bool operator==(const Seen&, const Seen&) = default;
};

// Reads the whole of `stream`, given one byte more at a time.
std::vector<Seen> Read(const std::string& stream) {
  const AnswerDecoder decoder;
  std::vector<Seen> seen;
  std::size_t at = 0;
  for (std::size_t end = 0; end <= stream.size(); ++end) {
    const AnswerDecoder::Step step = decoder.Next(std::string_view(stream).substr(at, end - at));
    at += step.consumed;
    if (step.status == Status::kNeedMore) continue;
    if (step.status == Status::kAck) {
      for (std::size_t i = 0; i < step.count; ++i) {
        seen.push_back({step.status, step.request + i, step.id(i), 0, ""});
      }
    } else {
      seen.push_back({step.status, step.request, {}, step.code, std::string(step.text)});
    }
    if (step.status == Status::kBroken) break;
  }
  return seen;
}

TEST(PublishAnswers, RoundTrips) {
  std::string out;
  AckBuilder acks;
  acks.Add(1, {10, 1}, out);
  acks.Add(2, {10, 2}, out);
  acks.Flush(out);
  AppendNack(out, 3, NackCode::kChannel, "bad name");
  acks.Add(4, {11, 0}, out);
  acks.Flush(out);
  AppendError(out, 4, ErrorCode::kLength, "");
  EXPECT_EQ(Read(out), (std::vector<Seen>{{Status::kAck, 1, {10, 1}, 0, ""},
                                          {Status::kAck, 2, {10, 2}, 0, ""},
                                          {Status::kNack, 3, {}, 1, "bad name"},
                                          {Status::kAck, 4, {11, 0}, 0, ""},
                                          {Status::kError, 4, {}, 1, ""}}));
}

TEST(PublishAnswers, StartsANewAckWhenRequestsDoNotFollow) {
  std::string out;
  AckBuilder acks;
  acks.Add(1, {1, 1}, out);
  acks.Add(3, {1, 3}, out);
  EXPECT_EQ(out.size(), 32u);
  acks.Flush(out);
  acks.Flush(out);
  EXPECT_EQ(out.size(), 64u);
  const std::vector<Seen> seen = Read(out);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].request, 1u);
  EXPECT_EQ(seen[1].request, 3u);
}

TEST(PublishAnswers, SplitsLargeBatches) {
  std::string out;
  AckBuilder acks;
  constexpr std::uint64_t kCount = 2 * RINGCAST_PUBLISH_MAX_ACKS + 1;
  for (std::uint64_t i = 0; i < kCount; ++i) acks.Add(i, {1, i}, out);
  EXPECT_EQ(acks.pending(), 1u);
  acks.Flush(out);
  EXPECT_EQ(out.size(), 3 * 16 + kCount * 16);
  const AnswerDecoder decoder;
  std::uint64_t next = 0;
  for (std::size_t at = 0; at < out.size();) {
    const AnswerDecoder::Step step = decoder.Next(std::string_view(out).substr(at));
    ASSERT_EQ(step.status, Status::kAck);
    ASSERT_EQ(step.request, next);
    for (std::size_t i = 0; i < step.count; ++i) ASSERT_EQ(step.id(i), (EventId{1, next++}));
    at += step.consumed;
  }
  EXPECT_EQ(next, kCount);
}

TEST(PublishAnswers, CutsAReasonToTheLimit) {
  std::string out;
  AppendNack(out, 1, NackCode::kData, std::string(5'000, 'x'));
  EXPECT_EQ(out.size(), 16u + RINGCAST_PUBLISH_MAX_TEXT);
  EXPECT_EQ(Read(out).size(), 1u);
}

TEST(PublishAnswers, RefusesWhatNoServerSends) {
  std::string ack;
  AckBuilder acks;
  acks.Add(1, {1, 1}, ack);
  acks.Flush(ack);
  const AnswerDecoder decoder;
  for (const auto& [place, byte] : std::vector<std::pair<std::size_t, char>>{
           {0, '\x1D'},  // a length that does not fit the count
           {3, '\x7F'},  // a huge length
           {4, '\x01'},  // a publisher's kind
           {4, '\x84'},  // an unknown kind
           {6, '\0'},    // an ack of nothing
           {7, '\x7F'},  // an ack of too many
       }) {
    std::string bytes = ack;
    bytes[place] = byte;
    EXPECT_EQ(decoder.Next(bytes).status, Status::kBroken) << place;
  }
}

}  // namespace
}  // namespace ringcast
