// SseDecoder over any bytes: the same events in every split, and the same as two decoders give that
// were written apart from it; id, retry and comments as well. A new stream after a cut one keeps
// the id and nothing else.
//
// Input: three sizes of pieces, then the stream.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/naive_sse.h"
#include "protocol/sse_decoder.h"
#include "support/sse_decoder.h"

namespace ringcast {
namespace {

using test::NaiveEvent;
using Events = std::vector<NaiveEvent>;

void Feed(SseDecoder& decoder, std::string_view bytes, Events& events) {
  const bool held = decoder.Feed(bytes, [&events](const DecodedEvent& event) {
    events.push_back(
        {std::string(event.type), std::string(event.data), std::string(event.last_event_id)});
  });
  RC_CHECK(held, "a short stream is never given up");
}

void FeedInPieces(SseDecoder& decoder, std::string_view bytes, test::Pieces pieces,
                  Events& events) {
  while (!bytes.empty()) {
    const test::ExactCopy piece(bytes.substr(0, pieces.NextSize()));
    bytes.remove_prefix(piece.view().size());
    Feed(decoder, piece.view(), events);
  }
}

bool HasLongNumber(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 18) return true;
  }
  return false;
}

void CheckAgainstOther(const SseDecoder& decoder, const Events& events, std::string_view stream) {
  test::SseDecoder other;
  other.Feed(stream);
  for (const NaiveEvent& event : events) {
    const auto next = other.Next();
    RC_CHECK(next && next->type == event.type && next->data == event.data && next->id == event.id,
             "both decoders give the same events");
  }
  RC_CHECK(!other.Next(), "both decoders give as many events");
  RC_CHECK(decoder.last_event_id() == other.last_event_id(), "both would resume at the same place");
  RC_CHECK(decoder.comments() == other.comments(), "both see the same comments");
  // The other one ignores times of more than 18 digits.
  if (!HasLongNumber(stream)) {
    RC_CHECK(decoder.retry_ms() == other.retry(), "both would wait as long");
  }
}

void CheckNewStream(SseDecoder& decoder, std::string_view stream) {
  decoder.StartStream();
  const std::string id(decoder.last_event_id());
  SseDecoder fresh;
  fresh.set_last_event_id(id);
  Events after_cut;
  Events from_start;
  Feed(decoder, stream, after_cut);
  Feed(fresh, stream, from_start);
  RC_CHECK(after_cut == from_start, "of a cut stream only the id is left");
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  const ringcast::test::Pieces pieces(input);
  const std::string_view stream = input.Rest();
  ringcast::SseDecoder whole;
  ringcast::SseDecoder split;
  ringcast::Events events;
  ringcast::Events split_events;
  ringcast::Feed(whole, stream, events);
  ringcast::FeedInPieces(split, stream, pieces, split_events);
  RC_CHECK(split_events == events, "splits change nothing");
  RC_CHECK(split.last_event_id() == whole.last_event_id() && split.retry_ms() == whole.retry_ms() &&
               split.comments() == whole.comments(),
           "splits change nothing that is kept");
  RC_CHECK(ringcast::test::NaiveDecode(std::string(stream)) == events,
           "the events are those of the standard");
  ringcast::CheckAgainstOther(whole, events, stream);
  ringcast::CheckNewStream(whole, stream);
  return 0;
}
