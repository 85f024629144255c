#include "sequencer/sequencer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "access/bearer.h"
#include "base/log_sink.h"
#include "base/prefetch.h"
#include "hub/budget.h"
#include "protocol/channel_name.h"
#include "protocol/flat_json.h"
#include "protocol/idempotency_key.h"
#include "protocol/percent.h"
#include "protocol/response_head.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

// A batch ends when so many channels have changed.
constexpr std::size_t kMaxBatchChannels = 2 * budget::kBatchShare;
// Work of one publisher before the next has its turn.
constexpr unsigned kFramesPerTurn = 1024;
constexpr unsigned kRequestsPerTurn = 64;
// A fresh connection's input buffer, and what it may grow to for speed.
constexpr std::size_t kFreshBufferBytes = 16 * 1024;
constexpr std::size_t kBusyBufferBytes = budget::kReadAheadBytes;
// A refused request may have an unread body: a close would take the answer away from a peer over
// TCP (RFC 9112 9.6), so what still comes is dropped for a while.
constexpr std::uint32_t kLingerTicks = 40;  // 2 s
using budget::kMaxAnswerBytes;
using budget::kReadAheadBytes;

// A channel's settings are a few lines.
constexpr std::size_t kMaxSettingsBytes = 4096;

constexpr std::string_view kUnknownChannelReason =
    "there is no such channel, and a rule says that it must be created first: PUT "
    "/channels/{channel}";
// Where single events, and channels, stand in HTTP.
constexpr std::string_view kPublishPath = "/publish/";
constexpr std::string_view kChannelsPath = "/channels/";

constexpr std::string_view kNotAllowedReason =
    "the token does not allow publishing to this channel";
constexpr std::string_view kOtherEventReason =
    "the idempotency key was used for another event; a new event needs a new key";

std::string ShownId(EventId id) {
  char text[kMaxEventIdSize];
  return {text, FormatEventId(id, text)};
}

constexpr std::string_view kChannelMethods = "GET, HEAD, PUT, DELETE";
constexpr std::string_view kChannelMethodsReason =
    "a channel is read with GET, created with PUT and ended with DELETE";

std::string PublishedJson(const ChannelDirectory::Published& published) {
  return "{\"id\":\"" + ShownId(published.id) +
         "\",\"subscribers\":" + std::to_string(published.subscribers) + "}";
}

std::string RepeatedJson(const ChannelDirectory::Published& published) {
  return "{\"id\":\"" + ShownId(published.id) + "\",\"duplicate\":true}";
}

// Names and reasons: printable ASCII but for the two characters that JSON escapes.
std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

// What a body says of a channel. Each error begins with the key that it is about.
Status ReadTerms(std::string_view body, ChannelTermsChange& change) {
  if (body.empty()) return Done{};
  const Result<FlatJson> members = ReadFlatJson(body);
  if (!members) return members.error();
  for (const auto& [key, text] : *members) {
    if (!IsTermKey(key)) {
      return Error{key + ": unknown key; there are " + std::string(kTermKeys)};
    }
    const Status set = SetTerm(key, text, change);
    if (!set) return Error{key + ": " + set.error().message};
  }
  return Done{};
}

std::string RefusedLineJson(std::string_view reason, std::size_t line) {
  return "{\"error\":" + JsonString(reason) + ",\"line\":" + std::to_string(line) + "}";
}

}  // namespace
}  // namespace ringcast

// clang-format off: one order for reading
#include "sequencer/binary.inl"
#include "sequencer/channels.inl"
#include "sequencer/http.inl"
#include "sequencer/publishers.inl"
#include "sequencer/remote.inl"
#include "sequencer/sequencer_loop.inl"
#include "sequencer/settings.inl"
// clang-format on

namespace ringcast {

template class Sequencer<Ring>;

}  // namespace ringcast
