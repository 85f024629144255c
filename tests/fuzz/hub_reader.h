// A client of the hub's fuzz target: it takes the bytes of its stream in any pieces, reads them
// with decoders that were written apart from the encoder, and holds each event against the story.
// What comes next on its channels must be exactly the next that was published, unless a gap was
// told.
//
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "fuzz/hub_story.h"
#include "support/chunked_decoder.h"
#include "support/sse_decoder.h"

namespace ringcast::test {

class HubReader {
 public:
  // `bare`: a stream without chunk framing.
  HubReader(const Story& story, bool bare) : story_(story), bare_(bare) {}

  // The stream has this channel, and has had everything of it up to `had`.
  void Follow(const std::string& name, Sequence had) { had_[name] = had; }

  void TakeBytes(std::string_view bytes);
  // What came after what it has had, up to `to`, is not coming.
  void TakeGap(const std::string& name, Sequence to);

  Sequence had(const std::string& name) const { return had_.at(name); }
  // The id to come back with; empty before the first event.
  const std::string& last_event_id() const { return events_.last_event_id(); }
  std::uint64_t events() const { return taken_; }
  // It has had all that was published to its channels up to a place in the order, whole.
  void RequireAllUpTo(Sequence newest) const;

 private:
  void TakeEvent(const SseEvent& event);

  const Story& story_;
  const bool bare_;
  std::map<std::string, Sequence> had_;
  std::uint64_t taken_ = 0;
  ChunkedDecoder chunks_;
  SseDecoder events_;
};

}  // namespace ringcast::test
