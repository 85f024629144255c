// How the values of options are checked and stored: one parser for each kind of value, made for a
// member of ServeOptions, or of a table's row, and its range. Only option_table.cc and the tables
// (route_options.cc) use it.
//
// Threads: any. Each parser writes the one member it is made for, and only when it returns no
// error.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "access/key_file.h"
#include "access/token_algorithm.h"
#include "base/result.h"
#include "base/units.h"
#include "config/listen_address.h"
#include "config/options.h"
#include "config/origin.h"
#include "config/value_parser.h"
#include "hub/channel_terms.h"
#include "hub/trusted_proxies.h"
#include "protocol/ascii.h"
#include "protocol/auth_mode.h"
#include "protocol/auth_url.h"

namespace ringcast::option_parsers {

// What zero means to an option, and the word for it.
enum class Zero : std::uint8_t { kRefused, kOff, kAuto };

inline std::string_view ZeroWord(Zero zero) {
  switch (zero) {
    case Zero::kRefused:
      return "";
    case Zero::kOff:
      return "off";
    case Zero::kAuto:
      return "auto";
  }
  return "";
}

inline std::string RangeWords(const std::string& min, const std::string& max, Zero zero) {
  std::string words = min + " to " + max;
  if (zero != Zero::kRefused) words += " or " + std::string(ZeroWord(zero));
  return words;
}

inline Error OutOfRange(std::string_view text, const std::string& range) {
  return {Quoted(text) + " is out of range; write " + range};
}

// What a parser's member belongs to: the options themselves, or the row of a table that was added
// last. Each table specialises it for its row.
template <class Row>
Row& RowOf(ServeOptions& options);

template <>
inline ServeOptions& RowOf<ServeOptions>(ServeOptions& options) {
  return options;
}

template <class Row, class Value>
Row& RowOfMember(ServeOptions& options, Value Row::*) {
  return RowOf<Row>(options);
}

template <auto kMember>
auto& MemberIn(ServeOptions& options) {
  return RowOfMember(options, kMember).*kMember;
}

// A member without a value of its own where nothing was set is an optional one.
template <class T>
struct Plain {
  using Type = T;
};
template <class T>
struct Plain<std::optional<T>> {
  using Type = T;
};
template <auto kMember>
using ValueOf = typename Plain<
    std::remove_reference_t<decltype(MemberIn<kMember>(std::declval<ServeOptions&>()))>>::Type;

template <std::uint64_t kMin, std::uint64_t kMax, Zero kZero>
std::string CountRange() {
  return RangeWords(std::to_string(kMin), std::to_string(kMax), kZero);
}

template <auto kMember, std::uint64_t kMin, std::uint64_t kMax, Zero kZero>
Status StoreCount(std::string_view text, ServeOptions& options) {
  using Value = ValueOf<kMember>;
  static_assert(kMax <= std::numeric_limits<Value>::max(), "the option's type holds its range");
  if (kZero != Zero::kRefused && text == ZeroWord(kZero)) {
    MemberIn<kMember>(options) = 0;
    return Done{};
  }
  const Result<std::uint64_t> count = ParseCount(text);
  if (!count) return count.error();
  const bool zero_allowed = kZero != Zero::kRefused && *count == 0;
  if (!zero_allowed && (*count < kMin || *count > kMax)) {
    return OutOfRange(text, CountRange<kMin, kMax, kZero>());
  }
  MemberIn<kMember>(options) = static_cast<Value>(*count);
  return Done{};
}

template <std::uint64_t kMin, std::uint64_t kMax>
std::string SizeRange() {
  return RangeWords(FormatSize(kMin), FormatSize(kMax), Zero::kRefused);
}

template <auto kMember, std::uint64_t kMin, std::uint64_t kMax>
Status StoreSize(std::string_view text, ServeOptions& options) {
  const Result<std::uint64_t> size = ParseSize(text);
  if (!size) return size.error();
  if (*size < kMin || *size > kMax) return OutOfRange(text, SizeRange<kMin, kMax>());
  MemberIn<kMember>(options) = *size;
  return Done{};
}

template <std::int64_t kMinMillis, std::int64_t kMaxMillis, Zero kZero>
std::string DurationRange() {
  return RangeWords(FormatDuration(Millis(kMinMillis)), FormatDuration(Millis(kMaxMillis)), kZero);
}

template <auto kMember, std::int64_t kMinMillis, std::int64_t kMaxMillis, Zero kZero>
Status StoreDuration(std::string_view text, ServeOptions& options) {
  const Result<Millis> time = ParseDuration(text);
  if (!time) return time.error();
  const bool zero_allowed = kZero != Zero::kRefused && *time == Millis(0);
  if (!zero_allowed && (*time < Millis(kMinMillis) || *time > Millis(kMaxMillis))) {
    return OutOfRange(text, DurationRange<kMinMillis, kMaxMillis, kZero>());
  }
  MemberIn<kMember>(options) = *time;
  return Done{};
}

template <std::uint64_t kMin, std::uint64_t kMax>
std::string MemoryRange() {
  return FormatSize(kMin) + " to " + FormatSize(kMax) + ", auto or off";
}

// A size, or what stands for none, or a share of the machine.
template <auto kMember, std::uint64_t kMin, std::uint64_t kMax>
Status StoreMemory(std::string_view text, ServeOptions& options) {
  if (text == "auto") {
    MemberIn<kMember>(options) = 0;
    return Done{};
  }
  if (text == "off") {
    MemberIn<kMember>(options) = ServeOptions::kNoMemoryLimit;
    return Done{};
  }
  const Result<std::uint64_t> size = ParseSize(text);
  if (!size) return size.error();
  if (*size < kMin || *size > kMax) return OutOfRange(text, MemoryRange<kMin, kMax>());
  MemberIn<kMember>(options) = *size;
  return Done{};
}

// As they stand in the table: what stores a value, and its range.
template <auto kMember, std::uint64_t kMin, std::uint64_t kMax, Zero kZero>
inline constexpr ValueParser ParseCountInto{StoreCount<kMember, kMin, kMax, kZero>,
                                            CountRange<kMin, kMax, kZero>};
template <auto kMember, std::uint64_t kMin, std::uint64_t kMax>
inline constexpr ValueParser ParseSizeInto{StoreSize<kMember, kMin, kMax>, SizeRange<kMin, kMax>};
template <auto kMember, std::int64_t kMin, std::int64_t kMax, Zero kZero>
inline constexpr ValueParser ParseDurationInto{StoreDuration<kMember, kMin, kMax, kZero>,
                                               DurationRange<kMin, kMax, kZero>};
template <auto kMember, std::uint64_t kMin, std::uint64_t kMax>
inline constexpr ValueParser ParseMemoryInto{StoreMemory<kMember, kMin, kMax>,
                                             MemoryRange<kMin, kMax>};

// Wherever a heartbeat is set.
template <auto kMember>
inline constexpr ValueParser ParseHeartbeatInto =
    ParseDurationInto<kMember, 100, 3'600'000, Zero::kOff>;

// What holds for channels, where it is not the options that say so.
inline constexpr char kHistoryEvents[] = "history-events";
inline constexpr char kHistoryBytes[] = "history-bytes";
inline constexpr char kHistoryTtl[] = "history-ttl";
inline constexpr char kUnusedTimeout[] = "unused-timeout";
template <auto kMember, const char* kKey>
Status ParseTerm(std::string_view text, ServeOptions& options) {
  return SetTerm(kKey, text, MemberIn<kMember>(options));
}

template <auto kMember>
void Clear(ServeOptions& options) {
  MemberIn<kMember>(options).clear();
}

inline Status ParseListen(std::string_view text, ServeOptions& options) {
  Result<ListenAddress> address = ParseListenAddress(text);
  if (!address) return address.error();
  options.listen.push_back(std::move(*address));
  return Done{};
}

inline Status ParseAdmin(std::string_view text, ServeOptions& options) {
  Result<ListenAddress> address = ParseListenAddress(text);
  if (!address) return address.error();
  if (address->proxy_protocol) {
    return Error{Quoted(text) + " asks for the PROXY protocol, which the admin listener does not " +
                 "read; leave proxy: away"};
  }
  options.admin = std::move(*address);
  return Done{};
}

inline Status ParseAllowOrigin(std::string_view text, ServeOptions& options) {
  Result<std::string> origin = ParseOrigin(text);
  if (!origin) return origin.error();
  options.allow_origin.push_back(std::move(*origin));
  return Done{};
}

inline Status ParseTrustedProxy(std::string_view text, ServeOptions& options) {
  Result<std::string> trusted = TrustedProxies::Check(text);
  if (!trusted) return trusted.error();
  options.trusted_proxy.push_back(std::move(*trusted));
  return Done{};
}

inline Result<AuthMode> ParseAuthMode(std::string_view text) {
  if (text == "none") return AuthMode::kNone;
  if (text == "token") return AuthMode::kToken;
  if (text == "url") return AuthMode::kUrl;
  return Error{Quoted(text) + " is no authorization; write none, token or url"};
}

inline Status ParseAuth(std::string_view text, ServeOptions& options) {
  if (text == "auto") {
    options.auth.reset();
    return Done{};
  }
  const Result<AuthMode> auth = ParseAuthMode(text);
  if (!auth) return auth.error();
  options.auth = *auth;
  return Done{};
}

inline bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// What the file holds is looked at when the daemon starts, or reloads.
inline Status ParseJwtKey(std::string_view text, ServeOptions& options) {
  if (HasControl(text)) return Error{Quoted(text) + " has a control character; write KID:FILE"};
  const Result<KeySource> source = ParseKeySource(text);
  if (!source) return source.error();
  options.jwt_key.emplace_back(text);
  return Done{};
}

inline Status ParseJwtAlgorithm(std::string_view text, ServeOptions& options) {
  const std::optional<TokenAlgorithm> algorithm = FindTokenAlgorithm(text);
  if (!algorithm) {
    return Error{Quoted(text) + " is no algorithm for tokens; write HS256, RS256, ES256 or EdDSA"};
  }
  options.jwt_algorithm.push_back(*algorithm);
  return Done{};
}

template <auto kMember>
Status ParseTextInto(std::string_view text, ServeOptions& options) {
  if (HasControl(text)) return Error{Quoted(text) + " has a control character; leave it out"};
  MemberIn<kMember>(options) = text;
  return Done{};
}

inline Status ParseJwtCookie(std::string_view text, ServeOptions& options) {
  if (!text.empty() && !IsToken(text)) {
    return Error{Quoted(text) + " is no name of a cookie; write one such as ringcast_token"};
  }
  options.jwt_cookie = text;
  return Done{};
}

// Of the characters that no URL escapes.
inline Status ParseJwtQuery(std::string_view text, ServeOptions& options) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '_' || c == '-' || c == '.';
  });
  if (!plain) {
    return Error{Quoted(text) + " is no parameter's name; write one such as access_token"};
  }
  if (text == "channel" || text == "lastEventId" || text == "last_event_id") {
    return Error{Quoted(text) + " has a meaning already; write another name, such as access_token"};
  }
  options.jwt_query = text;
  return Done{};
}

inline Status ParsePublishListen(std::string_view text, ServeOptions& options) {
  Result<ListenAddress> address = ParseListenAddress(text);
  if (!address) return address.error();
  if (address->kind == ListenAddress::Kind::kUnix) {
    return Error{Quoted(text) + " is a UNIX socket; publishers of this machine connect to " +
                 "publish-socket, so write an address and a port here, such as 10.0.0.5:8443"};
  }
  if (address->proxy_protocol) {
    return Error{Quoted(text) + " asks for the PROXY protocol, which the publish listener does " +
                 "not read; leave proxy: away"};
  }
  options.publish_listen.push_back(std::move(*address));
  return Done{};
}

// An empty one: as if nothing had been said.
template <auto kMember>
Status ParseAuthUrlInto(std::string_view text, ServeOptions& options) {
  const Result<AuthUrl> url = text.empty() ? AuthUrl() : ParseAuthUrl(text);
  if (!url) return url.error();
  MemberIn<kMember>(options) = text;
  return Done{};
}

inline Status ParsePublishSocket(std::string_view text, ServeOptions& options) {
  Result<std::string> path = ParseSocketPath(text);
  if (!path) return path.error();
  options.publish_socket = std::move(*path);
  return Done{};
}

inline Status ParsePublishMode(std::string_view text, ServeOptions& options) {
  const Result<std::uint32_t> mode = ParseMode(text);
  if (!mode) return mode.error();
  options.publish_mode = *mode;
  return Done{};
}

// A name as useradd(8) and systemd take it, or a number. Whether it exists is asked at start.
template <auto kMember>
Status ParseAccountInto(std::string_view text, ServeOptions& options) {
  constexpr std::size_t kMaxAccountBytes = 255;
  constexpr std::string_view kForbidden = ":,/ \t\r\n";
  const bool control = std::any_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (text.empty() || text.size() > kMaxAccountBytes || control || text.front() == '-' ||
      text.find_first_of(kForbidden) != std::string_view::npos) {
    return Error{Quoted(text) + " is neither a name nor a numeric id; write one, such as www-data"};
  }
  MemberIn<kMember>(options).emplace_back(text);
  return Done{};
}

template <auto kMember>
Status ParseSwitchInto(std::string_view text, ServeOptions& options) {
  const Result<bool> on = ParseSwitch(text);
  if (!on) return on.error();
  MemberIn<kMember>(options) = *on;
  return Done{};
}

inline Status ParseLogLevel(std::string_view text, ServeOptions& options) {
  if (text == "error") {
    options.log_level = LogLevel::kError;
  } else if (text == "warning" || text == "warn") {
    options.log_level = LogLevel::kWarning;
  } else if (text == "info") {
    options.log_level = LogLevel::kInfo;
  } else if (text == "debug") {
    options.log_level = LogLevel::kDebug;
  } else {
    return Error{Quoted(text) + " is not a level; write error, warning, info or debug"};
  }
  return Done{};
}

inline Status ParseLogFormat(std::string_view text, ServeOptions& options) {
  if (text == "auto") {
    options.log_format = LogFormat::kAuto;
  } else if (text == "journald") {
    options.log_format = LogFormat::kJournald;
  } else if (text == "text") {
    options.log_format = LogFormat::kText;
  } else if (text == "json") {
    options.log_format = LogFormat::kJson;
  } else {
    return Error{Quoted(text) + " is not a format; write auto, journald, text or json"};
  }
  return Done{};
}

}  // namespace ringcast::option_parsers
