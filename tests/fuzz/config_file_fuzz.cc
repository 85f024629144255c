// The configuration file: any text gives entries and errors with places inside the text; values go
// through their options' and tables' own parsers, which never fall over; what was read can be
// written as a file that reads the same; and what an option accepted of a time or a size can be
// written out and read. A text that begins with a comment is read from a real file as well.
//
// Input: the file.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/units.h"
#include "config/config_file.h"
#include "fuzz/fuzz_input.h"
#include "protocol/utf8.h"

namespace ringcast {
namespace {

constexpr const char* kPath = "f";

// "f:LINE:COLUMN" within the text. TOML counts code points, and a line feed ends a line.
void CheckPlace(std::string_view place, std::string_view text) {
  unsigned line = 0;
  unsigned column = 0;
  int used = 0;
  const std::string copy(place);
  RC_CHECK(std::sscanf(copy.c_str(), "f:%u:%u%n", &line, &column, &used) == 2, "a place is whole");
  std::size_t lines = 1;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  RC_CHECK(line >= 1 && line <= lines, "a place is in the file");
  RC_CHECK(column >= 1 && column <= text.size() + 1, "a place is in its line");
}

void CheckValue(const ValueParser& parse, const std::string& value, ServeOptions& options) {
  const ServeOptions before = options;
  const Status status = parse(value, options);
  if (!status.ok()) {
    RC_CHECK(!status.error().message.empty(), "a refusal has a reason");
    RC_CHECK(options == before, "what is refused changes nothing");
    return;
  }
  if (const Result<Millis> time = ParseDuration(value); time.ok()) {
    const Result<Millis> again = ParseDuration(FormatDuration(*time));
    RC_CHECK(again.ok() && *again == *time, "a time that is written is read");
  }
  if (const Result<std::uint64_t> size = ParseSize(value); size.ok()) {
    const Result<std::uint64_t> again = ParseSize(FormatSize(*size));
    RC_CHECK(again.ok() && *again == *size, "a size that is written is read");
  }
}

std::string TomlString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", byte);
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string Written(const ConfigFile& file) {
  std::string text;
  for (const ConfigEntry& entry : file.entries) {
    text += std::string(entry.spec->name) + " = ";
    if (entry.spec->repeatable()) text += "[";
    for (const ConfigValue& value : entry.values) {
      const bool bare = entry.spec->kind == ValueKind::kSwitch;
      text += bare ? value.text : TomlString(value.text);
      if (entry.spec->repeatable()) text += ",";
    }
    text += entry.spec->repeatable() ? "]\n" : "\n";
  }
  return text;
}

void CheckWrittenAgain(const ConfigFile& file) {
  const ConfigFile again = ParseConfig(Written(file), kPath);
  RC_CHECK(again.errors.empty() && again.entries.size() == file.entries.size(),
           "what is written is read");
  for (std::size_t i = 0; i < file.entries.size(); ++i) {
    RC_CHECK(again.entries[i].spec == file.entries[i].spec &&
                 again.entries[i].values.size() == file.entries[i].values.size(),
             "an option is read as itself");
    for (std::size_t k = 0; k < file.entries[i].values.size(); ++k) {
      RC_CHECK(again.entries[i].values[k].text == file.entries[i].values[k].text,
               "a value is read as it was");
    }
  }
}

void CheckRow(const ConfigRow& row, std::string_view text, ServeOptions& options) {
  CheckPlace(row.place, text);
  row.table->add(options);
  std::set<const TableKey*> seen;
  for (const ConfigRowEntry& entry : row.entries) {
    RC_CHECK(seen.insert(entry.key).second, "a key stands once in a table");
    CheckPlace(entry.place, text);
    RC_CHECK(entry.key->repeatable() || entry.values.size() <= 1, "a key has one value");
    if (entry.key->repeatable()) entry.key->clear(options);
    for (const ConfigValue& value : entry.values) {
      CheckPlace(value.place, text);
      CheckValue(entry.key->parse, value.text, options);
    }
  }
  for (const ConfigRow& inner : row.rows) CheckRow(inner, text, options);
}

void CheckFromDisk(std::string_view text, const ConfigFile& file) {
  const int fd = ::memfd_create("config", MFD_CLOEXEC);
  RC_CHECK(fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
           "there is memory for a file");
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const ConfigFile read = ReadConfigFile(path);
  ::close(fd);
  RC_CHECK(read.entries.size() == file.entries.size() && read.rows.size() == file.rows.size() &&
               read.errors.size() == file.errors.size(),
           "a file on disk reads as its text does");
  RC_CHECK(ReadConfigFile(path).errors.size() == 1, "a file that has gone is told");
}

void Check(std::string_view text) {
  const ConfigFile file = ParseConfig(text, kPath);
  ServeOptions options;
  std::set<const OptionSpec*> seen;
  for (const ConfigEntry& entry : file.entries) {
    RC_CHECK(seen.insert(entry.spec).second, "an option stands once");
    CheckPlace(entry.place, text);
    RC_CHECK(entry.spec->repeatable() || entry.values.size() <= 1, "an option has one value");
    if (entry.spec->repeatable()) entry.spec->clear(options);
    for (const ConfigValue& value : entry.values) {
      CheckPlace(value.place, text);
      CheckValue(entry.spec->parse, value.text, options);
    }
  }
  for (const ConfigRow& row : file.rows) CheckRow(row, text, options);
  for (const std::string& error : file.errors) {
    CheckPlace(error, text);
    RC_CHECK(error.find(": ") != std::string::npos, "an error says why");
  }
  if (text.starts_with('#')) CheckFromDisk(text, file);
  if (file.errors.empty()) {
    RC_CHECK(IsValidUtf8(text), "a file is UTF-8");
    CheckWrittenAgain(file);
  }
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::Check(ringcast::test::FuzzInput(data, size).Rest());
  return 0;
}
