// Event ids and what a client's id leads to: text that is read is written back byte for byte, and
// is exactly what the grammar allows; ids sort as their numbers; every place of a run is found
// again by its id, and no text at all is placed beyond what has happened.
//
// Input: five numbers of eight bytes, then a client's text.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "hub/event_order.h"
#include "hub/resume.h"
#include "protocol/event_id.h"

namespace ringcast {
namespace {

std::string Text(EventId id) {
  std::array<char, kMaxEventIdSize> text{};
  const std::size_t size = FormatEventId(id, text.data());
  RC_CHECK(size <= text.size(), "an id has its limit");
  return {text.data(), size};
}

// By hand: digits without a leading zero, up to 2^64 - 1.
std::optional<std::uint64_t> NaiveNumber(std::string_view text) {
  if (text.empty() || text.size() > 20 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  // Of two numbers with as many digits the larger one is the later in the alphabet, too.
  if (text.size() == 20 && text > "18446744073709551615") return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<EventId> NaiveId(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto ms = NaiveNumber(text.substr(0, dash));
  const auto number = NaiveNumber(text.substr(dash + 1));
  if (!ms || !number) return std::nullopt;
  return EventId{*ms, *number};
}

void CheckText(std::string_view text) {
  const std::optional<EventId> id = ParseEventId(text);
  RC_CHECK(id == NaiveId(text), "an id is what its grammar says");
  if (id) RC_CHECK(Text(*id) == text, "an id is one of ours byte for byte");
}

void CheckNumbers(EventId one, EventId other) {
  RC_CHECK(ParseEventId(Text(one)) == one, "an id that is written is read");
  const bool before = one.ms != other.ms ? one.ms < other.ms : one.number < other.number;
  RC_CHECK((one < other) == before, "ids sort as their numbers");
}

// A server that started at some time, whose clock then jumps about, and a client's id.
void CheckOrder(std::uint64_t start, std::uint64_t tag, std::uint64_t jumps,
                std::string_view client) {
  // A clock of the next 100,000 years; what a Sequence holds is 557 years from the start.
  const UnixMillis began = start >> 12;
  const IdScheme scheme(began, tag);
  EventOrder order(scheme);
  Sequence before = 0;
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t jump = (jumps >> (8 * i)) & 0xff;
    const UnixMillis now = (jump & 1) != 0 ? began + (jump << 20) : began - std::min(began, jump);
    const Sequence sequence = order.Next(now);
    RC_CHECK(sequence > before, "order only grows");
    RC_CHECK(scheme.ToId(sequence) > scheme.ToId(before), "ids grow with it");
    const IdScheme::Place place = scheme.Find(scheme.ToId(sequence), sequence);
    RC_CHECK(place.origin == IdScheme::Origin::kThisRun && place.sequence == sequence,
             "an id of this run is found again");
    RC_CHECK(scheme.Find(scheme.ToId(sequence), before).origin == IdScheme::Origin::kFuture,
             "what has not happened is in the future");
    before = sequence;
  }
  const ResumePoint point = PlaceResume(scheme, client, order.newest(), true);
  RC_CHECK(point.kind != ResumePoint::Kind::kNone && point.kind != ResumePoint::Kind::kNotYet,
           "after a sync every text is placed");
  if (point.kind != ResumePoint::Kind::kKnown) return;
  RC_CHECK(point.sequence <= order.newest(), "nobody resumes in the future");
  RC_CHECK(Text(scheme.ToId(point.sequence)) == client, "a place has one id");
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using ringcast::EventId;
  ringcast::test::FuzzInput input(data, size);
  const EventId one{input.Word(), input.Word()};
  const EventId other{input.Word(), input.Word()};
  const std::uint64_t jumps = input.Word();
  const std::string_view text = input.Rest();
  ringcast::CheckText(text);
  ringcast::CheckNumbers(one, other);
  ringcast::CheckOrder(one.ms, one.number, jumps, text);
  // An id of the very run, too, which no mutation finds.
  const ringcast::IdScheme scheme(one.ms >> 12, one.number);
  ringcast::CheckOrder(one.ms, one.number, jumps, ringcast::Text(scheme.ToId(other.ms >> 16)));
  return 0;
}
