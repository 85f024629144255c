#include "fuzz/hub_reader.h"

#include "base/check.h"
#include "protocol/naive_sse.h"

namespace ringcast::test {

void HubReader::TakeBytes(std::string_view bytes) {
  if (bare_) {
    events_.Feed(bytes);
  } else {
    std::string payload;
    RC_CHECK(chunks_.Feed(bytes, payload) == bytes.size(), "a stream is chunks");
    events_.Feed(payload);
  }
  while (const auto event = events_.Next()) TakeEvent(*event);
}

void HubReader::TakeEvent(const SseEvent& event) {
  // Of all its channels the event that was published first is next.
  const StoryEvent* next = nullptr;
  std::string channel;
  for (const auto& [name, had] : had_) {
    const StoryEvent* candidate = story_.NextAfter(name, had);
    if (candidate != nullptr && (next == nullptr || candidate->sequence < next->sequence)) {
      next = candidate;
      channel = name;
    }
  }
  RC_CHECK(next != nullptr, "nothing comes that was not published");
  RC_CHECK(event.id == next->id, "events come in order, none left out, none twice");
  RC_CHECK(event.type == (next->type.empty() ? "message" : next->type) &&
               event.data == WithLf(next->data),
           "an event comes as it was published");
  had_[channel] = next->sequence;
  ++taken_;
}

void HubReader::TakeGap(const std::string& name, Sequence to) {
  Sequence& had = had_.at(name);
  RC_CHECK(to > had, "a gap tells of something");
  RC_CHECK(story_.Has(name, to), "a gap ends with an event");
  had = to;
}

void HubReader::RequireAllUpTo(Sequence newest) const {
  RC_CHECK(!events_.MidBlock() && (bare_ || chunks_.AtChunkBoundary()), "nothing is cut");
  for (const auto& [name, had] : had_) {
    const StoryEvent* next = story_.NextAfter(name, had);
    RC_CHECK(next == nullptr || next->sequence > newest, "nothing is left out");
  }
}

}  // namespace ringcast::test
