// Runs a request through RequestParser in any split and boils the outcome down to one comparable
// value.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

#include "protocol/request_parser.h"

namespace ringcast {

inline constexpr RequestLimits kStreamLimits{};
inline constexpr RequestLimits kPublishLimits{.max_body = 64};

// What the caller does with a body that follows a head.
struct BodyUse {
  enum class Kind : std::uint8_t {
    kLeave,  // answers and closes
    kTake,
    kDrop,   // RequestParser::DropBody(max)
    kLimit,  // RequestParser::LimitBody(max)
  };
  Kind kind = Kind::kLeave;
  std::size_t max = 0;
};

struct Outcome {
  ParseStatus status = ParseStatus::kNeedMore;
  int error = 0;
  std::string reason;
  bool head_complete_first = false;  // kHeadComplete was reported on the way
  std::size_t consumed = 0;          // only of a request that went well
  RequestHead head;
  std::string body;

  // Everything that the caller can see.
  std::string Describe() const {
    std::string text = "status " + std::to_string(static_cast<int>(status)) + " error " +
                       std::to_string(error) + " " + reason +
                       (head_complete_first ? " after head" : "") + " consumed " +
                       std::to_string(consumed);
    if (status == ParseStatus::kError || status == ParseStatus::kNeedMore) return text;
    text += " method " + std::to_string(static_cast<int>(head.method));
    for (const bool flag :
         {head.http_1_0, head.has_last_event_id, head.has_origin, head.accepts_event_stream,
          head.keep_alive, head.expect_continue, head.has_request_method, head.has_body,
          head.chunked, head.content_length.has_value()}) {
      text += flag ? " 1" : " 0";
    }
    text += " length " + std::to_string(head.content_length.value_or(0)) + " target " +
            head.target + " path " + std::string(head.path()) + " query " +
            std::string(head.query()) + " host " + head.host + " id " + head.last_event_id +
            " origin " + head.origin + " key " + head.idempotency_key + " for " +
            head.forwarded_for + " authorization " + head.authorization + " cookie " + head.cookie +
            " body " + body;
    return text;
  }
};

// Right after kHeadComplete. False: the caller answers now.
inline bool GoesOn(RequestParser& parser, BodyUse use) {
  switch (use.kind) {
    case BodyUse::Kind::kLeave:
      return false;
    case BodyUse::Kind::kTake:
      return true;
    case BodyUse::Kind::kDrop:
      return parser.DropBody(use.max);
    case BodyUse::Kind::kLimit:
      parser.LimitBody(use.max);
      return true;
  }
  return false;
}

// Feeds wire in pieces: `first` bytes, then `then` at a time. It stops where the caller would
// answer.
inline Outcome RunPieces(RequestParser& parser, std::string_view wire, std::size_t first,
                         std::size_t then, BodyUse use) {
  Outcome outcome;
  std::size_t at = 0;
  std::size_t piece_end = first < wire.size() ? first : wire.size();
  while (true) {
    const ParseResult result = parser.Feed(wire.substr(at, piece_end - at));
    at += result.consumed;
    outcome.status = result.status;
    if (result.status == ParseStatus::kHeadComplete && GoesOn(parser, use)) {
      outcome.head_complete_first = true;
      continue;
    }
    if (result.status != ParseStatus::kNeedMore) break;
    if (at != piece_end) {
      outcome.reason = "bytes left unconsumed without an outcome";
      return outcome;
    }
    if (piece_end == wire.size()) break;
    piece_end = then < wire.size() - piece_end ? piece_end + then : wire.size();
  }
  outcome.consumed = outcome.status == ParseStatus::kError ? 0 : at;
  outcome.error = parser.error_status();
  outcome.reason = parser.error_reason();
  outcome.head = parser.head();
  outcome.body = parser.body();
  return outcome;
}

// On a listener without bodies none is taken.
inline BodyUse UseOf(const RequestLimits& limits) {
  return {.kind = limits.max_body > 0 ? BodyUse::Kind::kTake : BodyUse::Kind::kLeave};
}

inline Outcome RunWhole(std::string_view wire, const RequestLimits& limits = kStreamLimits) {
  RequestParser parser(limits);
  return RunPieces(parser, wire, wire.size(), wire.size(), UseOf(limits));
}

// The outcome of the whole request; if any split gives another one, error is -1 and reason says
// where. One parser serves all splits, so that each vector tests Reset() as well.
inline Outcome RunAllSplits(std::string_view wire, const RequestLimits& limits = kStreamLimits) {
  const Outcome whole = RunWhole(wire, limits);
  RequestParser parser(limits);
  const auto differs = [&](std::size_t first, std::size_t then, Outcome& split) {
    parser.Reset();
    split = RunPieces(parser, wire, first, then, UseOf(limits));
    if (split.Describe() == whole.Describe()) return false;
    split.reason = "split at " + std::to_string(first) + ", then each " + std::to_string(then) +
                   ": " + split.Describe() + " instead of " + whole.Describe();
    split.error = -1;
    return true;
  };
  Outcome split;
  for (const std::size_t size : {1, 2, 3, 7}) {
    if (differs(size, size, split)) return split;
  }
  // A long vector is long in one uniform part; there not every offset is worth its time.
  const std::size_t stride = wire.size() < 2000 ? 1 : wire.size() / 150 | 1;
  for (std::size_t at = 0; at <= wire.size(); at += stride) {
    if (differs(at, wire.size(), split)) return split;
  }
  return whole;
}

inline void PrintTo(const Outcome& outcome, std::ostream* out) { *out << outcome.Describe(); }

}  // namespace ringcast
