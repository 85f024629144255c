#include "app/config_file.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "app/units.h"

namespace ringcast {
namespace {

std::string Place(const std::string& path, const toml::source_position& position) {
  return path + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

std::string_view TypeName(toml::node_type type) {
  switch (type) {
    case toml::node_type::none:
      return "nothing";
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time of day";
    case toml::node_type::date_time:
      return "a date and time";
  }
  return "something else";
}

// TOML writes octal as 0o660; decimal digits of a mode are meant as octal too, as chmod(1) takes
// them.
std::string IntegerText(const toml::value<std::int64_t>& node) {
  if ((node.flags() & toml::value_flags::format_as_octal) == toml::value_flags::none) {
    return std::to_string(node.get());
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%llo", static_cast<unsigned long long>(node.get()));
  return text.data();
}

// What a flag would say; nothing for a type that this kind of value never has. A boolean is a
// switch and nothing else; numbers may stand without quotes where the option's parser takes bare
// digits.
std::optional<std::string> ScalarText(const toml::node& node, ValueKind kind) {
  if (const auto* boolean = node.as_boolean()) {
    if (kind != ValueKind::kSwitch) return std::nullopt;
    return boolean->get() ? "true" : "false";
  }
  if (kind == ValueKind::kSwitch) return std::nullopt;
  if (const auto* string = node.as_string()) return string->get();
  const auto* integer = node.as_integer();
  if (integer == nullptr || kind == ValueKind::kPath || kind == ValueKind::kChoice) {
    return std::nullopt;
  }
  return IntegerText(*integer);
}

class Reader {
 public:
  Reader(const std::string& path, ConfigFile& file) : path_(path), file_(file) {}

  void ReadKey(const toml::key& key, const toml::node& node) {
    const std::string place = Place(path_, key.source().begin);
    const OptionSpec* spec = FindOption(key.str());
    if (spec == nullptr) {
      file_.errors.push_back(place + ": " + UnknownKey(key.str(), node));
      return;
    }
    const bool seen = std::any_of(file_.entries.begin(), file_.entries.end(),
                                  [spec](const ConfigEntry& entry) { return entry.spec == spec; });
    if (seen) {
      file_.errors.push_back(place + ": " + std::string(spec->name) +
                             ": stands twice, with '-' and with '_'; keep one");
      return;
    }
    ConfigEntry entry{.spec = spec, .place = place, .values = {}};
    const toml::array* array = node.as_array();
    if (array != nullptr && spec->repeatable()) {
      for (const toml::node& element : *array) ReadValue(element, entry);
    } else {
      ReadValue(node, entry);
    }
    file_.entries.push_back(std::move(entry));
  }

 private:
  void ReadValue(const toml::node& node, ConfigEntry& entry) {
    const std::string place = Place(path_, node.source().begin);
    std::optional<std::string> text = ScalarText(node, entry.spec->kind);
    if (text) {
      entry.values.push_back({.text = std::move(*text), .place = place});
      return;
    }
    file_.errors.push_back(place + ": " + std::string(entry.spec->name) + ": takes " +
                           std::string(KindDescription(entry.spec->kind)) +
                           (entry.spec->repeatable() ? " or an array of such" : "") + ", not " +
                           std::string(TypeName(node.type())));
  }

  static std::string UnknownKey(std::string_view name, const toml::node& node) {
    if (node.is_table()) {
      return "unknown table " + Quoted(name) +
             "; options stand at the top level, before any table, such as heartbeat = \"15s\"";
    }
    const OptionSpec* near = NearestOption(name);
    return "unknown key " + Quoted(name) +
           (near != nullptr ? "; did you mean " + std::string(near->name) + "?"
                            : "; `ringcast serve --help` lists the options, which are the keys");
  }

  const std::string& path_;
  ConfigFile& file_;
};

}  // namespace

ConfigFile ParseConfig(std::string_view text, const std::string& path) {
  ConfigFile file;
  const toml::parse_result parsed = toml::parse(text, std::string_view(path));
  if (!parsed) {
    file.errors.push_back(Place(path, parsed.error().source().begin) +
                          ": not valid TOML: " + std::string(parsed.error().description()));
    return file;
  }
  // The library keeps keys in alphabetical order; people look for mistakes from the top down.
  std::vector<std::pair<const toml::key*, const toml::node*>> keys;
  for (const auto& [key, node] : parsed.table()) keys.emplace_back(&key, &node);
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    const toml::source_position& left = a.first->source().begin;
    const toml::source_position& right = b.first->source().begin;
    return std::pair(left.line, left.column) < std::pair(right.line, right.column);
  });
  Reader reader(path, file);
  for (const auto& [key, node] : keys) reader.ReadKey(*key, *node);
  return file;
}

ConfigFile ReadConfigFile(const std::string& path) {
  const auto failed = [&path](const std::string& why) {
    ConfigFile file;
    file.errors.push_back(path + ": cannot read the configuration file: " + why);
    return file;
  };
  const auto close = [](std::FILE* stream) { std::fclose(stream); };
  const std::unique_ptr<std::FILE, decltype(close)> stream(std::fopen(path.c_str(), "rbe"), close);
  if (stream == nullptr) return failed(std::generic_category().message(errno));
  std::string text(kMaxConfigBytes + 1, '\0');
  const std::size_t size = std::fread(text.data(), 1, text.size(), stream.get());
  if (std::ferror(stream.get()) != 0) return failed(std::generic_category().message(errno));
  if (size > kMaxConfigBytes) return failed("it is larger than " + FormatSize(kMaxConfigBytes));
  text.resize(size);
  return ParseConfig(text, path);
}

}  // namespace ringcast
