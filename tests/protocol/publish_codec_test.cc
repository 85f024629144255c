#include "protocol/publish_codec.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

using Status = PublishDecoder::Status;

// Bytes by hand, apart from the code under test.
std::string Le(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}

std::string Header(std::uint64_t length, std::uint64_t request, unsigned channel = 1,
                   unsigned type = 0, unsigned kind = 1) {
  return Le(length, 4) + Le(kind, 1) + Le(type, 1) + Le(channel, 2) + Le(request, 8);
}

std::string Frame(std::uint64_t request, std::string_view channel, std::string_view type,
                  std::string_view data) {
  std::string out =
      Header(12 + channel.size() + type.size() + data.size(), request,
             static_cast<unsigned>(channel.size()), static_cast<unsigned>(type.size()));
  out.append(channel).append(type).append(data);
  return out;
}

TEST(PublishCodec, WritesTheDocumentedBytes) {
  std::string hello;
  AppendClientHello(hello);
  EXPECT_EQ(hello, std::string("\xC5RCP\x01\0\0\0", 8));
  std::string frame;
  AppendPublish(frame, 0x0102030405060708, "ab", {"t", "data"});
  EXPECT_EQ(frame, std::string("\x13\0\0\0\x01\x01\x02\0\x08\x07\x06\x05\x04\x03\x02\x01"
                               "abtdata",
                               23));
}

TEST(PublishCodec, WritesTheDocumentedBytesOfAFrameWithAKey) {
  std::string hello;
  AppendClientHello(hello, RINGCAST_PUBLISH_VERSION_KEYS);
  EXPECT_EQ(hello, std::string("\xC5RCP\x02\0\0\0", 8));
  std::string frame;
  AppendPublish(frame, 0x0102030405060708, "ab", {"t", "data"}, "key");
  EXPECT_EQ(frame, std::string("\x16\0\0\0\x02\x01\x02\x03\x08\x07\x06\x05\x04\x03\x02\x01"
                               "abtkeydata",
                               26));
}

TEST(PublishCodec, ReadsAFrameWithAKeyWhereVersion2IsSpoken) {
  std::string wire;
  AppendPublish(wire, 7, "ab", {"t", "data"}, "key");
  AppendPublish(wire, 8, "ab", {"", "plain"});
  PublishDecoder decoder({.max_data = 100});
  decoder.AllowKeys();
  for (std::size_t size = 0; size < 26; ++size) {
    EXPECT_EQ(decoder.Next(wire.substr(0, size)).status, PublishDecoder::Status::kNeedMore);
  }
  std::array<std::string_view, 4> channels;
  EXPECT_EQ(decoder.Peek(wire, channels), 2u);
  EXPECT_EQ(channels[0], "ab");
  EXPECT_EQ(channels[1], "ab");
  PublishDecoder::Step step = decoder.Next(wire);
  ASSERT_EQ(step.status, PublishDecoder::Status::kFrame);
  EXPECT_EQ(step.request, 7u);
  EXPECT_EQ(step.channel, "ab");
  EXPECT_EQ(step.type, "t");
  EXPECT_EQ(step.key, "key");
  EXPECT_EQ(step.data, "data");
  step = decoder.Next(std::string_view(wire).substr(step.consumed));
  ASSERT_EQ(step.status, PublishDecoder::Status::kFrame);
  EXPECT_EQ(step.key, "");
  EXPECT_EQ(step.data, "plain");

  PublishDecoder first_version({.max_data = 100});
  step = first_version.Next(wire);
  EXPECT_EQ(step.status, PublishDecoder::Status::kBroken);
  EXPECT_EQ(step.error, ErrorCode::kKind);
}

TEST(PublishCodec, RefusesAKeyThatIsNone) {
  for (const std::string& key : {std::string("a b"), std::string("\xC3\xA9"), std::string(129, 'k'),
                                 std::string(255, 'k')}) {
    std::string wire;
    AppendPublish(wire, 1, "a", {"", "x"}, key);
    const std::size_t first = wire.size();
    AppendPublish(wire, 2, "a", {"", "y"}, std::string(128, 'k'));
    PublishDecoder decoder({.max_data = 100});
    decoder.AllowKeys();
    PublishDecoder::Step step = decoder.Next(wire);
    ASSERT_EQ(step.status, PublishDecoder::Status::kRefused) << key;
    EXPECT_EQ(step.code, NackCode::kKey);
    ASSERT_EQ(step.consumed, first);
    step = decoder.Next(std::string_view(wire).substr(first));
    EXPECT_EQ(step.status, PublishDecoder::Status::kFrame) << "the connection goes on";
  }
  // A frame of the second kind without a key.
  std::string wire;
  AppendPublish(wire, 1, "a", {"", "x"});
  wire[4] = RINGCAST_PUBLISH_KIND_ONCE;
  PublishDecoder decoder({.max_data = 100});
  decoder.AllowKeys();
  EXPECT_EQ(decoder.Next(wire).code, NackCode::kKey);
}

TEST(PublishCodec, ReadsTheHello) {
  const std::string hello("\xC5RCP\x01\0\0\0", 8);
  for (std::size_t size = 0; size < hello.size(); ++size) {
    EXPECT_EQ(ReadClientHello(hello.substr(0, size)), HelloStatus::kNeedMore);
  }
  EXPECT_EQ(ReadClientHello(hello), HelloStatus::kOk);
  EXPECT_EQ(ReadClientHello(hello + "more"), HelloStatus::kOk);
  std::uint8_t version = 0;
  EXPECT_EQ(ReadClientHello(hello, &version), HelloStatus::kOk);
  EXPECT_EQ(version, 1);
  EXPECT_EQ(ReadClientHello(std::string("\xC5RCP\x02\0\0\0", 8), &version), HelloStatus::kOk);
  EXPECT_EQ(version, 2);
  EXPECT_EQ(ReadClientHello(std::string("\xC5RCP\x03\0\0\0", 8)), HelloStatus::kWrongVersion);
  EXPECT_EQ(ReadClientHello(std::string("\xC5RCP\x01\0\0\1", 8)), HelloStatus::kNotHello);
  EXPECT_EQ(ReadClientHello("\xC5X"), HelloStatus::kNotHello);
  EXPECT_EQ(ReadClientHello("GET / HTTP/1.1"), HelloStatus::kNotHello);
}

TEST(PublishCodec, LooksAheadAsFarAsFramesAreWhole) {
  const std::string bytes = Frame(1, "news", "tick", "hello") + Frame(2, "a/b", "", "") +
                            Frame(3, "no channel!", "", "x");
  PublishDecoder decoder({});
  std::array<std::string_view, 4> channels;
  ASSERT_EQ(decoder.Peek(bytes, channels), 3u);
  EXPECT_EQ(channels[0], "news");
  EXPECT_EQ(channels[1], "a/b");
  EXPECT_EQ(channels[2], "no channel!");
  EXPECT_EQ(decoder.Peek(bytes, std::span(channels).first(2)), 2u);
  std::size_t whole = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::size_t count = decoder.Peek(std::string_view(bytes).substr(0, size), channels);
    EXPECT_TRUE(count == whole || count == whole + 1) << "of " << size << " bytes";
    whole = count;
  }
  EXPECT_EQ(whole, 2u);
  EXPECT_EQ(decoder.Next(bytes).request, 1u) << "nothing has been read";
}

TEST(PublishCodec, LooksAheadAtNothingThatIsNoFrame) {
  std::array<std::string_view, 4> channels;
  PublishDecoder decoder({.max_data = 4});
  EXPECT_EQ(decoder.Peek(Header(11, 1) + "abc", channels), 0u) << "shorter than a header";
  EXPECT_EQ(decoder.Peek(Header(13, 1, 2) + "abc", channels), 0u) << "a name beyond the frame";
  EXPECT_EQ(decoder.Peek(Header(0xFFFFFFFF, 1) + "abc", channels), 0u);
  const std::string large = Frame(1, "a", "", "too large");
  ASSERT_EQ(decoder.Next(large.substr(0, 20)).status, Status::kRefused);
  EXPECT_EQ(decoder.Peek(large.substr(20), channels), 0u) << "within a frame that is skipped";
}

TEST(PublishCodec, ReadsAFrameWithoutCopying) {
  const std::string bytes = Frame(9, "news", "tick", "hello") + Frame(10, "a", "", "");
  PublishDecoder decoder({});
  const PublishDecoder::Step step = decoder.Next(bytes);
  ASSERT_EQ(step.status, Status::kFrame);
  EXPECT_EQ(step.request, 9u);
  EXPECT_EQ(step.channel, "news");
  EXPECT_EQ(step.type, "tick");
  EXPECT_EQ(step.data, "hello");
  EXPECT_EQ(step.channel.data(), bytes.data() + 16);
  const PublishDecoder::Step next = decoder.Next(std::string_view(bytes).substr(step.consumed));
  ASSERT_EQ(next.status, Status::kFrame);
  EXPECT_EQ(next.request, 10u);
  EXPECT_EQ(next.type, "");
  EXPECT_EQ(next.data, "");
  EXPECT_EQ(step.consumed + next.consumed, bytes.size());
}

// Hostile inputs 82 to 85 and 89: refused with a reason, and the connection goes on.
TEST(PublishCodec, RefusesAnInvalidEventAndGoesOn) {
  struct Case {
    std::string channel;
    std::string type;
    std::string data;
    NackCode code;
  };
  const Case cases[] = {
      {"", "", "x", NackCode::kChannel},
      {"a b", "", "x", NackCode::kChannel},
      {"a/../b", "", "x", NackCode::kChannel},
      {std::string(256, 'a'), "", "x", NackCode::kChannel},
      {std::string(60'000, 'a'), "", "x", NackCode::kChannel},
      {"a", "t\n", "x", NackCode::kType},
      {"a", "t\r", "x", NackCode::kType},
      {"a", std::string("t\0", 2), "x", NackCode::kType},
      {"a", "\xC2\x85", "x", NackCode::kType},
      {"a", "\xFF", "x", NackCode::kType},
      {"a", "", "\xC0\x80", NackCode::kData},
      {"a", "", "\xED\xA0\x80", NackCode::kData},
      {"a", "", std::string(101, 'x'), NackCode::kTooLarge},
      {"a", "", std::string(1 << 20, 'x'), NackCode::kTooLarge},
  };
  for (const Case& c : cases) {
    PublishDecoder decoder({.max_data = 100});
    const std::string bytes = Frame(1, c.channel, c.type, c.data) + Frame(2, "ok", "", "fine");
    const PublishDecoder::Step step = decoder.Next(bytes);
    ASSERT_EQ(step.status, Status::kRefused);
    EXPECT_EQ(step.code, c.code) << step.reason;
    EXPECT_EQ(step.request, 1u);
    EXPECT_FALSE(step.reason.empty());
    const PublishDecoder::Step next = decoder.Next(std::string_view(bytes).substr(step.consumed));
    ASSERT_EQ(next.status, Status::kFrame);
    EXPECT_EQ(next.channel, "ok");
    EXPECT_EQ(next.request, 2u);
  }
}

// Hostile input 90: refused by its header, skipped piece by piece, never held.
TEST(PublishCodec, SkipsOversizedDataUnbuffered) {
  PublishDecoder decoder({.max_data = 100});
  const std::size_t size = 16 << 20;
  PublishDecoder::Step step = decoder.Next(Header(12 + 1 + size, 7));
  EXPECT_EQ(step.status, Status::kRefused);
  EXPECT_EQ(step.code, NackCode::kTooLarge);
  EXPECT_EQ(step.consumed, 16u);
  EXPECT_TRUE(decoder.InFrame(0));
  const std::string piece(60'000, 'x');
  std::size_t left = 1 + size;
  while (left > piece.size()) {
    step = decoder.Next(piece);
    ASSERT_EQ(step.status, Status::kNeedMore);
    ASSERT_EQ(step.consumed, piece.size());
    left -= piece.size();
  }
  EXPECT_TRUE(decoder.InFrame(0));
  const std::string last = std::string(left, 'x') + Frame(8, "a", "", "ok");
  step = decoder.Next(last);
  EXPECT_EQ(step.status, Status::kFrame);
  EXPECT_EQ(step.consumed, last.size());
  EXPECT_EQ(step.data, "ok");
  EXPECT_FALSE(decoder.InFrame(0));
}

// Hostile input 91: told from the first four bytes, with nothing held.
TEST(PublishCodec, BreaksOnImpossibleLengths) {
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{11}, std::uint64_t{RINGCAST_PUBLISH_MAX_LENGTH} + 1,
        std::uint64_t{1} << 31, (std::uint64_t{1} << 32) - 1}) {
    PublishDecoder decoder({});
    EXPECT_EQ(decoder.Next(Le(length, 4).substr(0, 3)).status, Status::kNeedMore);
    const PublishDecoder::Step early = decoder.Next(Le(length, 4));
    EXPECT_EQ(early.status, Status::kBroken) << length;
    EXPECT_EQ(early.error, ErrorCode::kLength);
    PublishDecoder whole({});
    EXPECT_EQ(whole.Next(Header(length, 1)).status, Status::kBroken) << length;
  }
  PublishDecoder decoder({});
  EXPECT_EQ(decoder.Next(Header(RINGCAST_PUBLISH_MAX_LENGTH, 1)).status, Status::kRefused);
}

TEST(PublishCodec, BreaksWhenTheNamesDoNotFitTheFrame) {
  PublishDecoder decoder({});
  const PublishDecoder::Step step = decoder.Next(Header(12 + 5, 1, 4, 2));
  EXPECT_EQ(step.status, Status::kBroken);
  EXPECT_EQ(step.error, ErrorCode::kLength);
}

TEST(PublishCodec, BreaksOnUnknownKinds) {
  for (const unsigned kind : {0u, 2u, 0x81u, 0xFFu}) {
    PublishDecoder decoder({});
    const PublishDecoder::Step step = decoder.Next(Header(13, 1, 1, 0, kind) + "a");
    EXPECT_EQ(step.status, Status::kBroken);
    EXPECT_EQ(step.error, ErrorCode::kKind);
  }
}

TEST(PublishCodec, BreaksWhenRequestsAreOutOfSequence) {
  for (const std::uint64_t second : {std::uint64_t{5}, std::uint64_t{7}, std::uint64_t{0}}) {
    PublishDecoder decoder({});
    ASSERT_EQ(decoder.Next(Frame(5, "a", "", "")).status, Status::kFrame);
    const PublishDecoder::Step step = decoder.Next(Frame(second, "a", "", ""));
    EXPECT_EQ(step.status, Status::kBroken);
    EXPECT_EQ(step.error, ErrorCode::kSequence);
    EXPECT_EQ(step.request, 5u);
    // Nothing is read after the break.
    EXPECT_EQ(decoder.Next(Frame(6, "a", "", "")).status, Status::kBroken);
  }
  // A refused request counts; numbers wrap at 2^64.
  PublishDecoder decoder({});
  ASSERT_EQ(decoder.Next(Frame(~std::uint64_t{0}, "a b", "", "")).status, Status::kRefused);
  EXPECT_EQ(decoder.Next(Frame(0, "a", "", "")).status, Status::kFrame);
}

struct Seen {
  Status status;
  std::uint64_t request;
  std::string channel;
  std::string type;
  std::string data;

  friend bool operator==(const Seen&, const Seen&) = default;
};

// Reads as a connection does: what is not consumed stays in front of what comes next.
std::vector<Seen> ReadInPieces(const std::string& stream, Rng& rng, std::size_t max_data) {
  PublishDecoder decoder({.max_data = max_data});
  std::vector<Seen> seen;
  std::string held;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t size = 1 + rng.Below(rng.Below(2) == 0 ? 5 : 400);
    held += stream.substr(at, size);
    at += size;
    while (true) {
      const PublishDecoder::Step step = decoder.Next(held);
      if (step.status == Status::kFrame) {
        seen.push_back({step.status, step.request, std::string(step.channel),
                        std::string(step.type), std::string(step.data)});
      } else if (step.status == Status::kRefused) {
        seen.push_back({step.status, step.request, "", "", ""});
      }
      held.erase(0, step.consumed);
      EXPECT_LT(held.size(), decoder.max_buffered() + 400);
      if (step.status == Status::kNeedMore) break;
      if (step.status == Status::kBroken) {
        ADD_FAILURE() << step.reason;
        return seen;
      }
    }
  }
  EXPECT_TRUE(held.empty());
  return seen;
}

TEST(PublishCodec, RoundTripsHoweverTheStreamIsCut) {
  constexpr std::uint64_t kSeed = 1789;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  constexpr std::size_t kMaxData = 200;
  for (int round = 0; round < 1'000; ++round) {
    std::string stream;
    std::vector<Seen> expected;
    std::uint64_t request = rng.Next();
    const std::size_t events = rng.Below(20);
    for (std::size_t i = 0; i < events; ++i, ++request) {
      const std::string channel(1 + rng.Below(255), 'c');
      const std::string type(rng.Below(256), 't');
      const std::string data(rng.Below(260), 'd');
      AppendPublish(stream, request, channel, {type, data});
      if (data.size() > kMaxData) {
        expected.push_back({Status::kRefused, request, "", "", ""});
      } else {
        expected.push_back({Status::kFrame, request, channel, type, data});
      }
    }
    ASSERT_TRUE(ReadInPieces(stream, rng, kMaxData) == expected);
  }
}

// Any bytes at all: never more is asked for than the bound, and every step makes progress or waits.
TEST(PublishCodec, SurvivesNoise) {
  constexpr std::uint64_t kSeed = 66;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  int broken = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string bytes = Frame(1, "a", "t", "data") + Frame(2, "b", "", std::string(50, 'x'));
    const std::size_t flips = 1 + rng.Below(4);
    for (std::size_t i = 0; i < flips; ++i) {
      bytes[rng.Below(bytes.size())] = static_cast<char>(rng.Below(256));
    }
    PublishDecoder decoder({.max_data = 100});
    std::size_t at = 0;
    for (int steps = 0; steps < 100; ++steps) {
      const PublishDecoder::Step step = decoder.Next(std::string_view(bytes).substr(at));
      at += step.consumed;
      ASSERT_LE(at, bytes.size());
      if (step.status == Status::kBroken) ++broken;
      if (step.status == Status::kNeedMore || step.status == Status::kBroken) break;
      ASSERT_GT(step.consumed, 0u);
    }
  }
  EXPECT_GT(broken, 500);
}

TEST(PublishCodec, NamesANackForEveryError) {
  EXPECT_EQ(NackCodeOf(EventError::kTypeHasControl), NackCode::kType);
  EXPECT_EQ(NackCodeOf(EventError::kTypeNotUtf8), NackCode::kType);
  EXPECT_EQ(NackCodeOf(EventError::kTypeTooLong), NackCode::kType);
  EXPECT_EQ(NackCodeOf(EventError::kDataNotUtf8), NackCode::kData);
  EXPECT_EQ(NackCodeOf(EventError::kDataTooLarge), NackCode::kTooLarge);
}

}  // namespace
}  // namespace ringcast
