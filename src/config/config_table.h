// The arrays of tables of the file, such as [[route]]: the one description of each, from which the
// file is read, checked and compared, and the manual is written. Options that stand at the top
// level are in option_table.h; a table stands in the file alone, without a flag and a variable.
//
// How a table comes in: a struct of its own (route_options.h), a vector of it in ServeOptions, a
// TableSpec beside it (route_options.cc), and a line in Tables().
//
// Threads: any; the descriptions are constant.
// Invariants: names are unique kebab-case, within a table as among the tables.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/option_table.h"
#include "config/options.h"
#include "config/value_parser.h"

namespace ringcast {

struct ConfigRow;

enum class Presence : bool { kOptional, kRequired };

// One key of a table. As with an option (OptionSpec), but its value goes into the row added last.
struct TableKey {
  std::string_view name;
  std::string_view placeholder;   // what stands for the value in the manual
  std::string_view default_text;  // what holds without it, in words; empty: nothing does
  std::string_view help;          // one sentence without a full stop
  ValueKind kind;
  Presence presence;
  ValueParser parse;
  // Empties a repeatable key's values before the first; nullptr: takes one value.
  void (*clear)(ServeOptions& options);

  bool repeatable() const { return clear != nullptr; }
};

struct TableSpec {
  std::string_view name;                     // "route"; of a table in a table, its last part
  std::string_view help;                     // what one of them is; one sentence
  std::span<const TableKey> keys;            // in the order of the manual
  std::span<const TableSpec* const> tables;  // those inside a row of it
  // Appends a row with its defaults.
  void (*add)(ServeOptions& options);
  // What no single value tells: what does not fit together. Called with the whole options, when
  // every value of every source was sound, and with all rows of this table; appends
  // "PLACE: name: what is wrong and its remedy". nullptr: there is nothing of the kind.
  void (*check)(const ServeOptions& options, std::span<const ConfigRow> rows,
                std::vector<std::string>& errors);
  // For what a reload says that it has changed; nullptr for a table inside a table.
  bool (*same)(const ServeOptions& left, const ServeOptions& right);
  std::size_t (*count)(const ServeOptions& options);
};

// The members of a TableSpec that a vector in ServeOptions gives.
template <auto kRows>
struct RowsOf {
  static void Add(ServeOptions& options) { (options.*kRows).emplace_back(); }
  static bool Same(const ServeOptions& left, const ServeOptions& right) {
    return left.*kRows == right.*kRows;
  }
  static std::size_t Count(const ServeOptions& options) { return (options.*kRows).size(); }
};

// In the order in which they are told and described.
std::span<const TableSpec* const> Tables();

// By name among those given, with '_' as good as '-'; nullptr when there is none.
const TableSpec* FindTable(std::span<const TableSpec* const> tables, std::string_view name);
const TableKey* FindKey(const TableSpec& table, std::string_view name);

// What a reload says of a table: "route 1 table -> 2 tables", "route changed"; empty: the same.
std::string TableChange(const TableSpec& table, const ServeOptions& before,
                        const ServeOptions& after);

// What the file says, in its order.
struct ConfigValue {
  std::string text;   // as a flag would say it
  std::string place;  // "FILE:LINE:COLUMN"
};

struct ConfigRowEntry {
  const TableKey* key = nullptr;
  std::string place;                // of the key
  std::vector<ConfigValue> values;  // exactly one unless the key is repeatable
};

struct ConfigRow {
  const TableSpec* table = nullptr;
  std::string place;                    // of its header
  std::vector<ConfigRowEntry> entries;  // each key at most once
  std::vector<ConfigRow> rows;          // of the tables inside it

  // The place of a key's value (of a list: of its `index`-th), or of the row where it does not have
  // it.
  std::string PlaceOf(std::string_view key, std::size_t index = 0) const;
  // The same and the key's name, for messages: "FILE:3:8: route.path".
  std::string Where(std::string_view key, std::size_t index = 0) const;
};

}  // namespace ringcast
