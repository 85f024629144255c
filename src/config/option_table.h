// The one description of every option of `serve`. Flags, environment variables, keys of the file,
// the help text and the defaults shown there are all made from this table, so they cannot differ;
// and so is what a reload says that it has changed.
//
// Threads: any; the table is constant.
// Invariants: names are unique kebab-case; parsing default_text into a ServeOptions changes nothing
// (except for publish-socket, whose default depends on the environment: default_paths.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/options.h"
#include "config/value_parser.h"

namespace ringcast {

enum class ValueKind : std::uint8_t {
  kAddress,
  kPath,
  kCount,
  kSize,
  kDuration,
  kMode,
  kSwitch,
  kChoice,
  kAccount,
  kOrigin,
  kNetwork,
  kText,
};

struct OptionSpec {
  std::string_view name;          // the flag without "--", and the key of the file
  std::string_view group;         // heading in the help
  std::string_view placeholder;   // what stands for the value in the help
  std::string_view default_text;  // one value as a user writes it; empty: none, or an empty list
  std::string_view help;          // one sentence without a full stop
  ValueKind kind;

  ValueParser parse;
  // Empties a repeatable option before a source's first value; nullptr: takes one value.
  void (*clear)(ServeOptions& options);
  // The value as a user writes it, a list separated by commas; equal texts are equal values.
  std::string (*text)(const ServeOptions& options);
  // Makes this option of `to` what it is in `from`.
  void (*copy)(const ServeOptions& from, ServeOptions& to);
  bool reloadable;  // SIGHUP applies it; else it is read at start alone

  bool repeatable() const { return clear != nullptr; }
};

std::span<const OptionSpec> OptionTable();

// A name as the tables have it: '_' is as good as '-'.
std::string KebabCase(std::string_view name);

// By name, with '_' as good as '-'; nullptr when there is none.
const OptionSpec* FindOption(std::string_view name);

// The option whose name is nearest to a mistyped one; nullptr when none is near.
const OptionSpec* NearestOption(std::string_view name);

// Those that are not reloadable, for messages: "listen, admin".
std::string RestartOnlyNames();

// "RINGCAST_MAX_CONNECTIONS".
std::string EnvironmentName(const OptionSpec& spec);

// For messages: "a time such as \"15s\"".
std::string_view KindDescription(ValueKind kind);

}  // namespace ringcast
