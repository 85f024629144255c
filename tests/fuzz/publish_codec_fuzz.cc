// The binary publish protocol, both directions. Publisher to server: frames are the same in every
// split, nothing is read or held beyond what may be, an accepted frame encodes to the bytes that it
// came from, and the channels that are looked at beforehand are those of the frames. Server to
// publisher: likewise for answers; acks that are built come back id by id.
//
// Input: what to do, three sizes of pieces, then 'r': raw frames, 'o': the same without keys, 'f':
// lines of which frames are made, 'k': the same with keys, 'a': raw answers, 'b': numbers of which
// acks are made.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/channel_name.h"
#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"
#include "protocol/utf8.h"

namespace ringcast {
namespace {

using test::ExactCopy;
using test::FuzzInput;
using test::Pieces;

constexpr PublishLimits kLimits{.max_data = 200};

// One thing that a decoder said, with its texts copied.
struct Said {
  int status = 0;
  std::uint64_t request = 0;
  std::string channel, type, key, data;
  int code = 0;
  int error = 0;
  std::string reason;
  bool operator==(const Said&) const = default;
};

struct FrameRun {
  std::vector<Said> said;
  std::size_t left = 0;  // bytes that wait for more
  bool in_frame = false;
  bool operator==(const FrameRun&) const = default;
};

void CheckFrame(const PublishDecoder::Step& step, std::string_view available) {
  RC_CHECK(IsValidChannelName(step.channel), "a frame names a channel");
  RC_CHECK(ValidateEvent({step.type, step.data}, kLimits.max_data) == EventError::kNone,
           "a frame holds an event");
  std::string encoded;
  AppendPublish(encoded, step.request, step.channel, {step.type, step.data}, step.key);
  RC_CHECK(step.key.empty() || IsValidIdempotencyKey(step.key), "a key is none or a sound one");
  RC_CHECK(step.consumed >= encoded.size() &&
               available.substr(step.consumed - encoded.size(), encoded.size()) == encoded,
           "a frame encodes to the bytes that it came from");
}

// The channels of the whole frames that lie ahead; the decoder is a copy.
void CheckPeek(PublishDecoder decoder, std::string_view available) {
  std::array<std::string_view, 4> channels;
  const std::size_t count = decoder.Peek(available, channels);
  RC_CHECK(count <= channels.size(), "no more is told than there is room for");
  for (std::size_t i = 0; i < count; ++i) {
    const PublishDecoder::Step step = decoder.Next(available);
    RC_CHECK(step.status != PublishDecoder::Status::kNeedMore, "only whole frames are looked at");
    if (step.status == PublishDecoder::Status::kBroken) return;
    if (step.status == PublishDecoder::Status::kFrame) {
      RC_CHECK(channels[i].data() == step.channel.data() && channels[i] == step.channel,
               "a frame's channel was seen beforehand");
    }
    available.remove_prefix(step.consumed);
  }
}

FrameRun RunFrames(std::string_view wire, Pieces* pieces, bool keys) {
  PublishDecoder decoder(kLimits);
  if (keys) decoder.AllowKeys();
  FrameRun run;
  std::string held;
  while (true) {
    const std::size_t size = pieces != nullptr ? pieces->NextSize() : wire.size();
    held += wire.substr(0, size);
    const bool last = size >= wire.size();
    wire.remove_prefix(last ? wire.size() : size);
    while (true) {
      const ExactCopy copy(held);
      CheckPeek(decoder, copy.view());
      const PublishDecoder::Step step = decoder.Next(copy.view());
      RC_CHECK(step.consumed <= held.size(), "no more is consumed than was given");
      if (step.status == PublishDecoder::Status::kFrame) CheckFrame(step, copy.view());
      held.erase(0, step.consumed);
      run.in_frame = decoder.InFrame(held.size());
      if (step.status == PublishDecoder::Status::kNeedMore) break;
      run.said.push_back({static_cast<int>(step.status), step.request, std::string(step.channel),
                          std::string(step.type), std::string(step.key), std::string(step.data),
                          static_cast<int>(step.code), static_cast<int>(step.error),
                          std::string(step.reason)});
      if (step.status == PublishDecoder::Status::kBroken) {
        const PublishDecoder::Step again = decoder.Next("anything at all");
        RC_CHECK(again.status == PublishDecoder::Status::kBroken && again.consumed == 0,
                 "broken is final");
        // How much of the rest has come by then is the split's.
        run.in_frame = false;
        return run;
      }
    }
    RC_CHECK(held.size() < decoder.max_buffered(), "less is held than a whole frame");
    if (last) break;
  }
  run.left = held.size();
  return run;
}

void CheckFrames(std::string_view wire, Pieces pieces, bool keys) {
  std::uint8_t version = 0;
  switch (ReadClientHello(wire, &version)) {
    case HelloStatus::kNeedMore:
      RC_CHECK(wire.size() < RINGCAST_PUBLISH_CLIENT_HELLO_SIZE, "a whole hello is judged");
      break;
    case HelloStatus::kOk: {
      std::string hello;
      AppendClientHello(hello, version);
      RC_CHECK(wire.substr(0, hello.size()) == hello, "there is one hello");
      break;
    }
    case HelloStatus::kWrongVersion:
    case HelloStatus::kNotHello:
      break;
  }
  RC_CHECK(RunFrames(wire, &pieces, keys) == RunFrames(wire, nullptr, keys),
           "splits change nothing");
}

// Frames of what the lines say: all but those with a fault of their own are accepted.
void CheckBuiltFrames(FuzzInput& input, Pieces pieces, bool keys) {
  std::string wire;
  std::uint64_t request = input.Word();
  std::vector<Said> expected;
  while (!input.empty()) {
    std::string_view channel = input.Line();
    const std::string_view type = input.Line().substr(0, 255);
    const std::string_view key = keys ? input.Line().substr(0, 255) : std::string_view();
    if (!key.empty()) channel = channel.substr(0, 255);
    const std::string_view data = input.Line();
    AppendPublish(wire, request, channel, {type, data}, key);
    const bool sound = IsValidChannelName(channel) && (key.empty() || IsValidIdempotencyKey(key)) &&
                       ValidateEvent({type, data}, kLimits.max_data) == EventError::kNone;
    Said said;
    said.status =
        static_cast<int>(sound ? PublishDecoder::Status::kFrame : PublishDecoder::Status::kRefused);
    said.request = request++;
    if (sound) said.channel = channel, said.type = type, said.key = key, said.data = data;
    expected.push_back(said);
  }
  const FrameRun run = RunFrames(wire, &pieces, /*keys=*/true);
  RC_CHECK(run.said.size() == expected.size() && run.left == 0 && !run.in_frame,
           "every frame is answered");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    RC_CHECK(run.said[i].status == expected[i].status && run.said[i].request == expected[i].request,
             "a frame is refused for what is in it alone");
    if (expected[i].channel.empty()) continue;
    RC_CHECK(run.said[i].channel == expected[i].channel && run.said[i].type == expected[i].type &&
                 run.said[i].key == expected[i].key && run.said[i].data == expected[i].data,
             "a frame comes out as it went in");
  }
}

std::string EncodeAnswer(const AnswerDecoder::Step& step) {
  std::string out;
  if (step.status == AnswerDecoder::Status::kNack) {
    AppendNack(out, step.request, static_cast<NackCode>(step.code), step.text);
  } else if (step.status == AnswerDecoder::Status::kError) {
    AppendError(out, step.request, static_cast<ErrorCode>(step.code), step.text);
  } else {
    AckBuilder builder;
    for (std::size_t i = 0; i < step.count; ++i) builder.Add(step.request + i, step.id(i), out);
    builder.Flush(out);
  }
  return out;
}

// All answers, encoded again, with what could not be read behind them.
std::string RunAnswers(std::string_view wire, Pieces* pieces) {
  const AnswerDecoder decoder;
  std::string again;
  std::string held;
  while (!wire.empty()) {
    const std::size_t size = pieces != nullptr ? pieces->NextSize() : wire.size();
    held += wire.substr(0, size);
    wire.remove_prefix(std::min(size, wire.size()));
    while (true) {
      const ExactCopy copy(held);
      const AnswerDecoder::Step step = decoder.Next(copy.view());
      if (step.status == AnswerDecoder::Status::kNeedMore) break;
      if (step.status == AnswerDecoder::Status::kBroken) return again + "broken";
      const std::string encoded = EncodeAnswer(step);
      std::string sent = held.substr(0, step.consumed);
      // The byte of the code is not looked at in an ack.
      if (step.status == AnswerDecoder::Status::kAck) sent[5] = '\0';
      RC_CHECK(encoded == sent, "an answer encodes to the bytes that it came from");
      again += encoded;
      held.erase(0, step.consumed);
    }
  }
  return again + held;
}

void CheckAnswers(std::string_view wire, Pieces pieces) {
  RC_CHECK(RunAnswers(wire, &pieces) == RunAnswers(wire, nullptr), "splits change nothing");
  if (wire.size() < RINGCAST_PUBLISH_SERVER_HELLO_SIZE) return;
  if (const std::optional<ServerHello> hello = ReadServerHello(wire)) {
    std::string again;
    AppendHello(again, hello->max_data, hello->read_ahead);
    RC_CHECK(again.substr(8) == wire.substr(8, 8), "a hello says what it said");
  }
}

// Acks of requests that mostly follow one another: each id comes back with its request, in order.
void CheckBuiltAcks(FuzzInput& input) {
  AckBuilder builder;
  std::string wire;
  std::vector<std::pair<std::uint64_t, EventId>> expected;
  std::uint64_t request = input.Word();
  while (!input.empty()) {
    const std::uint8_t what = input.Byte();
    if (what == 0) builder.Flush(wire);
    request += what == 1 ? 2 : 1;
    const EventId id{input.Byte(), input.Byte()};
    // Enough to fill a frame.
    for (int i = what == 2 ? 4000 : 1; i > 0; --i, ++request) {
      builder.Add(request, id, wire);
      expected.emplace_back(request, id);
    }
  }
  builder.Flush(wire);
  RC_CHECK(builder.pending() == 0, "what is flushed is gone");
  const AnswerDecoder decoder;
  std::size_t at = 0;
  for (std::string_view left = wire; !left.empty();) {
    const AnswerDecoder::Step step = decoder.Next(left);
    RC_CHECK(step.status == AnswerDecoder::Status::kAck, "acks are acks");
    for (std::size_t i = 0; i < step.count; ++i, ++at) {
      RC_CHECK(at < expected.size() && expected[at].first == step.request + i &&
                   expected[at].second == step.id(i),
               "an id belongs to its request");
    }
    left.remove_prefix(step.consumed);
  }
  RC_CHECK(at == expected.size(), "every request is acknowledged");
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  const std::uint8_t what = input.Byte();
  const ringcast::test::Pieces pieces(input);
  switch (what) {
    case 'f':
      ringcast::CheckBuiltFrames(input, pieces, /*keys=*/false);
      break;
    case 'k':
      ringcast::CheckBuiltFrames(input, pieces, /*keys=*/true);
      break;
    case 'a':
      ringcast::CheckAnswers(input.Rest(), pieces);
      break;
    case 'b':
      ringcast::CheckBuiltAcks(input);
      break;
    case 'o':
      ringcast::CheckFrames(input.Rest(), pieces, /*keys=*/false);
      break;
    default:
      ringcast::CheckFrames(input.Rest(), pieces, /*keys=*/true);
      break;
  }
  return 0;
}
