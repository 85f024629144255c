// What the encoder writes, read by decoders that were written apart from it: a stream of events and
// of the server's own blocks, with and without chunk framing, gives back every event with its line
// breaks as LF. An event is accepted exactly if a plain reading of UTF-8 accepts it.
//
// Input: records, each a byte that says what, then what that needs; see Stream::Add().
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/naive_sse.h"
#include "protocol/sse_decoder.h"
#include "protocol/sse_encoder.h"
#include "support/chunked_decoder.h"
#include "support/sse_decoder.h"

namespace ringcast {
namespace {

using test::ExactCopy;
using test::FuzzInput;
using test::NaiveEvent;

// Code points by arithmetic; nothing for what is no UTF-8.
std::optional<std::vector<std::uint32_t>> CodePoints(std::string_view bytes) {
  std::vector<std::uint32_t> points;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC0 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF8 ? 4
                                           : 0;
    if (size == 0 || bytes.size() - i < size) return std::nullopt;
    std::uint32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t k = 1; k < size; ++k) {
      const auto byte = static_cast<unsigned char>(bytes[i + k]);
      if (byte < 0x80 || byte > 0xBF) return std::nullopt;
      point = point << 6 | (byte & 0x3Fu);
    }
    const std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return std::nullopt;
    }
    points.push_back(point);
    i += size;
  }
  return points;
}

bool NaivelySound(const Event& event, std::size_t max_data) {
  const auto type = CodePoints(event.type);
  if (!type || event.type.size() > 255 || event.data.size() > max_data) return false;
  for (const std::uint32_t point : *type) {
    if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) return false;
  }
  return CodePoints(event.data).has_value();
}

// A stream as a server writes it, in both framings, and what a client must read.
class Stream {
 public:
  // One record. 'e' an event: a line with its type, a length, data; 'h' a heartbeat; 'c' connected;
  // 'g' a gap; 'd' drain; 'x' the end of a channel. Anything else is an event, too.
  void Add(FuzzInput& input) {
    switch (input.Byte()) {
      case 'h':
        chunked_ += Heartbeat(true);
        bare_ += Heartbeat(false);
        break;
      case 'c': {
        const EventId id{input.Word(), input.Byte()};
        const std::uint64_t retry = input.Word();
        const StreamStart starts[] = {StreamStart::kLive, StreamStart::kResumed, StreamStart::kGap};
        const std::string_view start = Name(starts[input.Below(3)]);
        Both([&](std::string& out, bool chunked) {
          AppendConnected(out, chunked, id, retry, start);
        });
        last_id_ = IdText(id);
        Expect("connected", "{\"start\":\"" + std::string(start) + "\"}");
        break;
      }
      case 'g': {
        GapInfo gap;
        gap.channel = "a/b";
        const std::uint8_t what = input.Byte();
        if ((what & 4) != 0) gap.from = EventId{input.Word(), 7};
        if ((what & 8) != 0) gap.to = EventId{input.Word(), 9};
        const GapReason reasons[] = {GapReason::kExpired, GapReason::kRestart, GapReason::kSlow,
                                     GapReason::kUnknownId};
        gap.reason = reasons[what & 3];
        Both([&](std::string& out, bool chunked) { AppendGap(out, chunked, gap); });
        const auto text = [](std::optional<EventId> id) {
          return id ? "\"" + IdText(*id) + "\"" : std::string("null");
        };
        Expect("gap", "{\"channel\":\"a/b\",\"from\":" + text(gap.from) + ",\"to\":" +
                          text(gap.to) + ",\"reason\":\"" + std::string(Name(gap.reason)) + "\"}");
        break;
      }
      case 'd': {
        const std::uint64_t retry = input.Word();
        Both([&](std::string& out, bool chunked) { AppendDrain(out, chunked, retry); });
        Expect("drain", "{\"retry\":" + std::to_string(retry) + "}");
        break;
      }
      case 'x':
        Both([](std::string& out, bool chunked) { AppendEnd(out, chunked, "a/b"); });
        Expect("end", "{\"channel\":\"a/b\"}");
        break;
      default:
        AddEvent(input);
        break;
    }
  }

  void Check() const {
    test::ChunkedDecoder decoder;
    std::string payload;
    RC_CHECK(decoder.Feed(chunked_, payload) == chunked_.size(), "a stream is chunks");
    RC_CHECK(decoder.AtChunkBoundary(), "a stream ends between two chunks");
    RC_CHECK(payload == bare_, "both framings hold the same");
    RC_CHECK(test::NaiveDecode(bare_) == expected_, "the standard's reading gives what went in");
    test::SseDecoder other;
    other.Feed(bare_);
    for (const NaiveEvent& event : expected_) {
      const auto next = other.Next();
      RC_CHECK(next && next->data == event.data && next->type == event.type && next->id == event.id,
               "a browser's reading gives what went in");
    }
    RC_CHECK(!other.Next() && !other.MidBlock(), "and no more");
    RC_CHECK(other.empty_blocks() == 0 && other.blocks_without_data() == 0 &&
                 other.unknown_fields() == 0,
             "no blank line without an event before it");
    std::vector<NaiveEvent> events;
    SseDecoder ours;
    ours.Feed(bare_, [&events](const DecodedEvent& event) {
      events.push_back(
          {std::string(event.type), std::string(event.data), std::string(event.last_event_id)});
    });
    RC_CHECK(events == expected_, "our own reading gives what went in");
  }

 private:
  static std::string IdText(EventId id) {
    return std::to_string(id.ms) + "-" + std::to_string(id.number);
  }

  template <class Fn>
  void Both(Fn&& append) {
    append(chunked_, true);
    append(bare_, false);
  }

  void Expect(std::string type, std::string data) {
    expected_.push_back({std::move(type), std::move(data), last_id_});
  }

  void AddEvent(FuzzInput& input) {
    const EventId id{input.Word(), input.Byte()};
    const std::string_view type = input.Line();
    const std::size_t size = input.Below(700);
    const ExactCopy data(input.Take(size));
    const Event event{type, data.view()};
    constexpr std::size_t kMaxData = 600;
    const EventError error = ValidateEvent(event, kMaxData);
    RC_CHECK((error == EventError::kNone) == NaivelySound(event, kMaxData),
             "an event is refused for a reason alone");
    RC_CHECK((error == EventError::kNone) == Describe(error).empty(), "a refusal has a reason");
    if (error != EventError::kNone) return;

    const FrameSize frame_size = MeasureFrame(id, event);
    const ExactCopy place(std::string(frame_size.frame, '\0'));
    char* const begin = const_cast<char*>(place.view().data());
    RC_CHECK(EncodeFrame(id, event, frame_size, begin) == begin + frame_size.frame,
             "a frame has the size that was measured");
    const std::optional<ChunkView> view = ReadChunk(place.view());
    RC_CHECK(view && view->total == frame_size.frame && view->block == frame_size.block,
             "a frame is found again");
    for (std::size_t cut = 0; cut < place.view().size(); cut += 1 + cut / 4) {
      RC_CHECK(!ReadChunk(ExactCopy(place.view().substr(0, cut)).view()), "half a frame is none");
    }
    chunked_ += place.view();
    bare_ += place.view().substr(view->header, view->block);
    last_id_ = IdText(id);
    Expect(type.empty() ? "message" : std::string(type), test::WithLf(std::string(data.view())));
  }

  std::string chunked_;
  std::string bare_;
  std::string last_id_;
  std::vector<NaiveEvent> expected_;
};

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  // Bytes that are no frame of ours are none to the reader of frames either.
  const std::string_view any(reinterpret_cast<const char*>(data), size);
  if (const auto view = ringcast::ReadChunk(any)) {
    RC_CHECK(view->total <= size && view->header + view->block + 2 == view->total,
             "a frame lies in what was given");
  }
  ringcast::Stream stream;
  while (!input.empty()) stream.Add(input);
  stream.Check();
  return 0;
}
