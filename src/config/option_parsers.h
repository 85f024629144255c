// How the values of options are checked and stored: one parser for each kind of value, made for a
// member of ServeOptions and its range. Only option_table.cc uses it.
//
// Threads: any. Each parser writes the one member it is made for, and only when it returns no
// error.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "config/listen_address.h"
#include "config/options.h"
#include "config/origin.h"
#include "config/units.h"
#include "hub/trusted_proxies.h"

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

inline Error OutOfRange(std::string_view text, std::string min, std::string max, Zero zero) {
  std::string message = Quoted(text) + " is out of range; write " + min + " to " + max;
  if (zero != Zero::kRefused) message += " or " + std::string(ZeroWord(zero));
  return {message};
}

template <auto kMember, std::uint64_t kMin, std::uint64_t kMax, Zero kZero>
Status ParseCountInto(std::string_view text, ServeOptions& options) {
  using Value = std::remove_reference_t<decltype(options.*kMember)>;
  static_assert(kMax <= std::numeric_limits<Value>::max(), "the option's type holds its range");
  if (kZero != Zero::kRefused && text == ZeroWord(kZero)) {
    options.*kMember = 0;
    return Done{};
  }
  const Result<std::uint64_t> count = ParseCount(text);
  if (!count) return count.error();
  const bool zero_allowed = kZero != Zero::kRefused && *count == 0;
  if (!zero_allowed && (*count < kMin || *count > kMax)) {
    return OutOfRange(text, std::to_string(kMin), std::to_string(kMax), kZero);
  }
  options.*kMember = static_cast<Value>(*count);
  return Done{};
}

template <auto kMember, std::uint64_t kMin, std::uint64_t kMax>
Status ParseSizeInto(std::string_view text, ServeOptions& options) {
  const Result<std::uint64_t> size = ParseSize(text);
  if (!size) return size.error();
  if (*size < kMin || *size > kMax) {
    return OutOfRange(text, FormatSize(kMin), FormatSize(kMax), Zero::kRefused);
  }
  options.*kMember = *size;
  return Done{};
}

template <auto kMember, std::int64_t kMinMillis, std::int64_t kMaxMillis, Zero kZero>
Status ParseDurationInto(std::string_view text, ServeOptions& options) {
  const Result<Millis> time = ParseDuration(text);
  if (!time) return time.error();
  const bool zero_allowed = kZero != Zero::kRefused && *time == Millis(0);
  if (!zero_allowed && (*time < Millis(kMinMillis) || *time > Millis(kMaxMillis))) {
    return OutOfRange(text, FormatDuration(Millis(kMinMillis)), FormatDuration(Millis(kMaxMillis)),
                      kZero);
  }
  options.*kMember = *time;
  return Done{};
}

template <auto kMember>
void Clear(ServeOptions& options) {
  (options.*kMember).clear();
}

// A size, or what stands for none, or a share of the machine.
template <auto kMember, std::uint64_t kMin, std::uint64_t kMax>
Status ParseMemoryInto(std::string_view text, ServeOptions& options) {
  if (text == "auto") {
    options.*kMember = 0;
    return Done{};
  }
  if (text == "off") {
    options.*kMember = ServeOptions::kNoMemoryLimit;
    return Done{};
  }
  const Result<std::uint64_t> size = ParseSize(text);
  if (!size) return size.error();
  if (*size < kMin || *size > kMax) {
    return Error{Quoted(text) + " is out of range; write " + FormatSize(kMin) + " to " +
                 FormatSize(kMax) + ", auto or off"};
  }
  options.*kMember = *size;
  return Done{};
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
  (options.*kMember).emplace_back(text);
  return Done{};
}

inline Status ParsePinShards(std::string_view text, ServeOptions& options) {
  const Result<bool> pin = ParseSwitch(text);
  if (!pin) return pin.error();
  options.pin_shards = *pin;
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
