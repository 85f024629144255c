// The TOML file: which option each key means, what it says, and where. The values themselves are
// parsed with the option's own parser (option_table.h), so here they are only turned into text.
//
// Options stand at the top level and bear the flags' names, with '-' or '_'. A repeatable option is
// an array; a lone value is taken as an array of one. Behind them stand arrays of tables, such as
// [[route]], each described by a TableSpec (config_table.h).
//
// Threads: any.
// Invariants: never throws; a file with several mistakes gives several errors (a syntax error ends
// the reading, so it comes alone).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_table.h"
#include "config/option_table.h"

namespace ringcast {

// A larger configuration is a wrong file (a log, an image) given by mistake.
inline constexpr std::size_t kMaxConfigBytes = 1u << 20;

struct ConfigEntry {
  const OptionSpec* spec = nullptr;
  std::string place;                // of the key
  std::vector<ConfigValue> values;  // exactly one unless the option is repeatable
};

struct ConfigFile {
  std::vector<ConfigEntry> entries;  // in the file's order, each option at most once
  std::vector<ConfigRow> rows;       // of all tables, those of one table in the file's order
  std::vector<std::string> errors;   // "FILE:LINE:COLUMN: what is wrong and its remedy"
};

// `path` is only named in places.
ConfigFile ParseConfig(std::string_view text, const std::string& path);

// A file that cannot be read gives one error, which names it and the system's reason.
ConfigFile ReadConfigFile(const std::string& path);

}  // namespace ringcast
