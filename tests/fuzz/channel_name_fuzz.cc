// From a request's target to the channels and the position it asks for. Any target: what is
// accepted is what a plain reading of the URL gives, decoded exactly once. Names that are valid
// come back from a target into which they were written with any mixture of percent escapes.
//
// Input: 't', a line with Last-Event-ID, a target; or 'n', a byte that chooses escapes, and a name
// a line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/channel_name.h"
#include "protocol/percent.h"
#include "protocol/request_parser.h"
#include "protocol/subscribe_target.h"

namespace ringcast {
namespace {

using test::FuzzInput;
using Texts = std::vector<std::string>;

Texts SplitAt(std::string_view text, char separator) {
  Texts parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool NaivelyValid(std::string_view name) {
  if (name.empty() || name.size() > 255) return false;
  for (const char c : name) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter && (c == '\0' || std::string_view("._~:@=+-/").find(c) == std::string::npos)) {
      return false;
    }
  }
  const Texts segments = SplitAt(name, '/');
  return std::none_of(segments.begin(), segments.end(), [](const std::string& segment) {
    return segment.empty() || segment == "." || segment == "..";
  });
}

void CheckName(std::string_view name) {
  RC_CHECK(IsValidChannelName(name) == NaivelyValid(name), "a name is what its grammar says");
  RC_CHECK(IsValidChannelName(name) == ChannelNameError(name).empty(), "a refusal has a reason");
}

// Every byte for which the choice says so, and every byte that may not stand in a target.
std::string Escaped(std::string_view text, std::uint8_t choice, bool lower) {
  std::string escaped;
  const char* const digits = lower ? "0123456789abcdef" : "0123456789ABCDEF";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool must =
        byte <= ' ' || byte >= 0x7f || byte == '%' || byte == '#' || byte == '&' || byte == '?';
    if (must || ((choice >> (i % 8)) & 1) != 0) {
      escaped += {'%', digits[byte >> 4], digits[byte & 15]};
    } else {
      escaped += text[i];
    }
  }
  return escaped;
}

std::optional<RequestHead> HeadFor(const std::string& target, const std::string& last_event_id) {
  RequestParser parser;
  std::string wire = "GET " + target + " HTTP/1.1\r\nHost: h\r\n";
  if (!last_event_id.empty()) wire += "Last-Event-ID: " + last_event_id + "\r\n";
  if (parser.Feed(wire + "\r\n").status != ParseStatus::kComplete) return std::nullopt;
  return parser.head();
}

// The channels and the position in a target, read by splitting it; nothing for a broken escape.
struct Plain {
  Texts channels;
  std::optional<std::string> last_event_id;
};
std::optional<Plain> ReadPlainly(std::string_view path, std::string_view query) {
  Plain plain;
  const auto add = [&plain](std::string_view raw) {
    const auto name = PercentDecode(raw);
    if (!name) return false;
    if (std::count(plain.channels.begin(), plain.channels.end(), *name) == 0) {
      plain.channels.push_back(*name);
    }
    return true;
  };
  if (path.starts_with("/events/") && !add(path.substr(8))) return std::nullopt;
  for (const std::string& part : SplitAt(query, '&')) {
    const std::size_t equals = part.find('=');
    const auto key = PercentDecode(part.substr(0, equals));
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (!key) return std::nullopt;
    if (*key == "channel" && !add(value)) return std::nullopt;
    if (*key != "lastEventId" && *key != "last_event_id") continue;
    const auto id = PercentDecode(value);
    if (!id) return std::nullopt;
    if (!plain.last_event_id && !id->empty()) plain.last_event_id = id;
  }
  return plain;
}

void CheckTarget(const std::string& target, const std::string& last_event_id) {
  const std::optional<RequestHead> head = HeadFor(target, last_event_id);
  if (!head) return;
  constexpr std::size_t kMost = 3;
  const SubscribeTarget found = ParseSubscribeTarget(*head, kMost);
  RC_CHECK((found.kind == RouteKind::kBadRequest) == !found.error.empty(),
           "a refusal has a reason");
  if (found.kind != RouteKind::kEvents) {
    RC_CHECK(found.channels.empty(), "only a stream has channels");
    return;
  }
  RC_CHECK(!found.channels.empty() && found.channels.size() <= kMost, "a stream has some channels");
  RC_CHECK(std::set<std::string>(found.channels.begin(), found.channels.end()).size() ==
               found.channels.size(),
           "a channel stands once");
  for (const std::string& name : found.channels) {
    RC_CHECK(NaivelyValid(name), "what is followed is a channel's name");
  }
  const std::optional<Plain> plain = ReadPlainly(head->path(), head->query());
  RC_CHECK(plain.has_value(), "escapes are whole");
  RC_CHECK(plain->channels == found.channels, "the channels are those of the URL");
  const auto expected =
      head->last_event_id.empty() ? plain->last_event_id : std::optional(head->last_event_id);
  RC_CHECK(found.last_event_id == expected, "the field wins over the query");
}

void CheckNames(FuzzInput& input) {
  const std::uint8_t choice = input.Byte();
  Texts names;
  std::string target = "/events";
  while (!input.empty() && names.size() < kMaxChannelsPerSubscribe) {
    const std::string name(input.Line());
    CheckName(name);
    RC_CHECK(PercentDecode(Escaped(name, choice, false)) == name, "what is escaped is decoded");
    if (!NaivelyValid(name)) continue;
    // In the path a slash must stand for itself.
    const bool in_path = names.empty() && (choice & 1) != 0;
    if (in_path) {
      target += "/";
      for (const std::string& segment : SplitAt(name, '/')) {
        if (target.back() != '/') target += '/';
        // A segment that looks like a dot segment must not be there bare either.
        target += Escaped(segment, choice, true);
      }
    } else {
      target += target.find('?') == std::string::npos ? "?channel=" : "&channel=";
      target += Escaped(name, choice, true);
    }
    if (std::count(names.begin(), names.end(), name) == 0) names.push_back(name);
  }
  if (names.empty() || target.size() > 8000) return;
  const std::optional<RequestHead> head = HeadFor(target, "");
  RC_CHECK(head.has_value(), "a target of escaped names is sound");
  const SubscribeTarget found = ParseSubscribeTarget(*head);
  RC_CHECK(found.kind == RouteKind::kEvents && found.channels == names, "names come back");
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  if (input.Byte() == 'n') {
    ringcast::CheckNames(input);
    return 0;
  }
  const std::string last_event_id(input.Line());
  const std::string_view target = input.Rest();
  ringcast::CheckName(target);
  if (const auto decoded = ringcast::PercentDecode(target)) ringcast::CheckName(*decoded);
  ringcast::CheckTarget(std::string(target), last_event_id);
  return 0;
}
