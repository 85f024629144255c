#include "gate/decision.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "gate/timestamp.h"
#include "protocol/ascii.h"
#include "protocol/channel_name.h"
#include "protocol/percent.h"
#include "protocol/subscribe_target.h"

namespace ringcast {
namespace {

// More is no use to a template, and would be kept for each stream that is being opened.
constexpr std::size_t kMostTexts = 64;
constexpr std::size_t kMostTextBytes = 255;
constexpr std::size_t kMostChallengeBytes = 1024;
// Unix seconds reach this in the year 5138; a larger number was meant as milliseconds.
constexpr double kMostSeconds = 1e11;

std::string_view MediaType(std::string_view content_type) {
  return TrimOws(CutUntil(content_type, ';'));
}

bool IsJson(std::string_view content_type) {
  std::string type(MediaType(content_type));
  std::transform(type.begin(), type.end(), type.begin(), ToLower);
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

Status AddChannel(std::vector<std::string>& channels, std::string name) {
  const std::string_view why = ChannelNameError(name);
  if (!why.empty()) return Error{"it names a channel that is none: " + std::string(why)};
  if (std::find(channels.begin(), channels.end(), name) != channels.end()) return Done{};
  if (channels.size() == kMaxChannelsPerSubscribe) {
    return Error{"it names more than " + std::to_string(kMaxChannelsPerSubscribe) + " channels"};
  }
  channels.push_back(std::move(name));
  return Done{};
}

Status ReadChannelsField(std::string_view field, Decision& decision) {
  decision.channels.emplace();
  while (!field.empty()) {
    const std::string_view raw = TrimOws(CutUntil(field, ','));
    if (raw.empty()) continue;  // a list may have empty elements (RFC 9110 5.6.1.2)
    std::optional<std::string> name = PercentDecode(raw);
    if (!name) return Error{"X-Ringcast-Channels has a broken percent escape"};
    if (Status added = AddChannel(*decision.channels, std::move(*name)); !added) return added;
  }
  return Done{};
}

Status ReadChannelsMember(const rapidjson::Value& value, Decision& decision) {
  if (!value.IsArray()) return Error{"\"channels\" is no array of names"};
  if (decision.channels) return Error{"it names channels twice"};
  decision.channels.emplace();
  for (const rapidjson::Value& item : value.GetArray()) {
    if (!item.IsString()) return Error{"\"channels\" is no array of names"};
    Status added =
        AddChannel(*decision.channels, std::string(item.GetString(), item.GetStringLength()));
    if (!added) return added;
  }
  return Done{};
}

Status ReadExpires(const rapidjson::Value& value, Decision& decision) {
  if (decision.expires != 0) return Error{"it says \"expires\" twice"};
  if (value.IsString()) {
    const auto moment = ParseTimestamp({value.GetString(), value.GetStringLength()});
    if (!moment || *moment <= 0) {
      return Error{"\"expires\" is no moment such as 2026-11-21T20:52:00Z, and no number"};
    }
    decision.expires = *moment;
    return Done{};
  }
  if (!value.IsNumber()) return Error{"\"expires\" is neither Unix seconds nor a text"};
  const double seconds = std::floor(value.GetDouble());
  if (!(seconds >= 1)) return Error{"\"expires\" is not a moment after 1970"};
  if (seconds >= kMostSeconds) {
    return Error{"\"expires\" is in milliseconds; write seconds"};
  }
  decision.expires = static_cast<std::int64_t>(seconds);
  return Done{};
}

// What is neither a text nor a whole number says nothing to a template.
Status ReadText(std::string_view name, const rapidjson::Value& value, Decision& decision) {
  std::string text;
  if (value.IsString()) {
    text.assign(value.GetString(), value.GetStringLength());
  } else if (value.IsInt64()) {
    text = std::to_string(value.GetInt64());
  } else {
    return Done{};
  }
  if (text.size() > kMostTextBytes || name.size() > kMostTextBytes) return Done{};
  const bool twice = std::any_of(decision.texts.begin(), decision.texts.end(),
                                 [&](const auto& known) { return known.first == name; });
  if (twice) return Error{"its JSON says a name twice"};
  if (decision.texts.size() == kMostTexts) return Error{"its JSON has too many members"};
  decision.texts.emplace_back(name, std::move(text));
  return Done{};
}

Status ReadBody(std::string_view body, Decision& decision) {
  rapidjson::Document document;
  // Iterative: nesting takes no stack.
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      body.data(), body.size());
  if (document.HasParseError()) return Error{"its body is called JSON and is none"};
  if (!document.IsObject()) return Error{"its JSON is no object"};
  for (const auto& member : document.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    Status read = name == "channels"  ? ReadChannelsMember(member.value, decision)
                  : name == "expires" ? ReadExpires(member.value, decision)
                                      : ReadText(name, member.value, decision);
    if (!read) return read;
  }
  return Done{};
}

Decision Denied(int status) {
  Decision decision;
  decision.verdict = Decision::Verdict::kDenied;
  decision.status = status;
  return decision;
}

// It goes into an answer of ours: a challenge that could be more than one field is left away.
bool IsSoundChallenge(std::string_view text) {
  return text.size() <= kMostChallengeBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '\t' || (c >= ' ' && c <= '~');
         });
}

}  // namespace

Result<Decision> ReadDecision(const ApplicationAnswer& answer, std::int64_t unix_seconds) {
  switch (answer.status) {
    case 401: {
      Decision decision = Denied(401);
      if (IsSoundChallenge(answer.www_authenticate)) {
        decision.www_authenticate = answer.www_authenticate;
      }
      return decision;
    }
    case 403:
    case 404:
      return Denied(answer.status);
    case 410:
      return Denied(204);
    default:
      break;
  }
  if (answer.status < 200 || answer.status > 299) {
    return Error{"it answered " + std::to_string(answer.status)};
  }
  Decision decision;
  decision.verdict = Decision::Verdict::kAllowed;
  if (answer.has_channels) {
    if (const Status read = ReadChannelsField(answer.channels, decision); !read) {
      return read.error();
    }
  }
  if (IsJson(answer.content_type) && !answer.body.empty()) {
    if (const Status read = ReadBody(answer.body, decision); !read) return read.error();
  }
  if (decision.channels && decision.channels->empty()) return Denied(403);
  if (decision.expires != 0 && decision.expires <= unix_seconds) return Denied(401);
  return decision;
}

}  // namespace ringcast
