// How the values of options are written back, as a user would write them: one writer for each kind
// of value, made for a member of ServeOptions. Only option_table.cc uses it.
//
// Threads: any. Pure functions.
// Invariants: the option's parser reads from each text the value that it was made of.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "config/listen_address.h"
#include "config/option_parsers.h"
#include "config/options.h"
#include "config/units.h"

namespace ringcast::option_texts {

using option_parsers::Zero;

inline std::string ValueText(const std::string& value) { return value; }
inline std::string ValueText(const ListenAddress& value) { return value.ToString(); }
inline std::string ValueText(bool value) { return value ? "true" : "false"; }
inline std::string ValueText(Millis value) { return FormatDuration(value); }

inline std::string ValueText(TokenAlgorithm value) { return std::string(Name(value)); }
inline std::string ValueText(LogLevel value) { return std::string(Name(value)); }

inline std::string ValueText(LogFormat value) {
  switch (value) {
    case LogFormat::kAuto:
      return "auto";
    case LogFormat::kJournald:
      return "journald";
    case LogFormat::kText:
      return "text";
    case LogFormat::kJson:
      return "json";
  }
  return "";
}

inline std::string ValueText(AuthMode value) {
  switch (value) {
    case AuthMode::kNone:
      return "none";
    case AuthMode::kToken:
      return "token";
    case AuthMode::kUrl:
      return "url";
  }
  return "";
}

inline std::string AuthText(const ServeOptions& options) {
  return options.auth ? ValueText(*options.auth) : "auto";
}

template <auto kMember>
std::string Text(const ServeOptions& options) {
  return ValueText(options.*kMember);
}

// Separated by commas, as in a variable.
template <auto kMember>
std::string ListText(const ServeOptions& options) {
  std::string text;
  for (const auto& value : options.*kMember) {
    if (!text.empty()) text += ',';
    text += ValueText(value);
  }
  return text;
}

template <auto kMember, Zero kZero>
std::string CountText(const ServeOptions& options) {
  if (kZero != Zero::kRefused && options.*kMember == 0) return std::string(ZeroWord(kZero));
  return std::to_string(options.*kMember);
}

template <auto kMember>
std::string SizeText(const ServeOptions& options) {
  return FormatSize(options.*kMember);
}

template <auto kMember>
std::string MemoryText(const ServeOptions& options) {
  if (options.*kMember == 0) return "auto";
  if (options.*kMember == ServeOptions::kNoMemoryLimit) return "off";
  return FormatSize(options.*kMember);
}

template <auto kMember>
std::string ModeText(const ServeOptions& options) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(options.*kMember));
  return text.data();
}

template <auto kMember>
void Copy(const ServeOptions& from, ServeOptions& to) {
  to.*kMember = from.*kMember;
}

}  // namespace ringcast::option_texts
