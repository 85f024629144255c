#include "manual/manual_page.h"

#include <algorithm>
#include <vector>

#include "base/version.h"
#include "config/config_table.h"
#include "config/option_table.h"
#include "manual/roff.h"

namespace ringcast {
namespace {

bool IsHelp(const OptionWords& option) {
  return std::find(option.names.begin(), option.names.end(), "--help") != option.names.end();
}

// A command may take the options of another one as well, which need not be told twice.
bool Has(const CommandWords& command, const OptionWords& option) {
  return std::any_of(command.options.begin(), command.options.end(),
                     [&option](const OptionWords& other) {
                       return other.names == option.names && other.help == option.help;
                     });
}

// ".TP" and the option in bold, what stands for its value in italics.
std::string Term(const OptionWords& option) {
  std::string names;
  for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + name;
  if (option.positional) return ".TP\n.I " + roff::Argument(names) + "\n";
  if (option.placeholder.empty()) return ".TP\n.B " + roff::Argument(names) + "\n";
  return ".TP\n.BI " + roff::Argument(names + " ") + " " + roff::Argument(option.placeholder) +
         "\n";
}

std::string Usage(const CommandWords& command) {
  std::string usage = "ringcast " + command.name + " [OPTIONS]";
  for (const OptionWords& option : command.options) {
    if (!option.positional) continue;
    const std::string name = option.names.front() + (option.repeatable ? "..." : "");
    usage += option.required ? " " + name : " [" + name + "]";
  }
  return usage;
}

// `told` are the options of serve, once they have been described.
std::string Command(const CommandWords& command, const CommandWords* told) {
  std::string text =
      ".SS " + roff::Argument(Usage(command)) + "\n" + roff::Text(command.help + ".");
  std::string group;
  bool told_before = false;
  for (const OptionWords& option : command.options) {
    if (IsHelp(option)) continue;
    if (told != nullptr && !option.positional && Has(*told, option)) {
      told_before = true;
      continue;
    }
    if (!option.positional && option.group != group) {
      group = option.group;
      text += ".PP\n.I " + roff::Argument(group) + "\n";
    }
    text += Term(option) + roff::Text(option.help + ".");
  }
  if (told_before)
    text += ".PP\nThe options of\n.B " + roff::Argument("ringcast " + told->name) +
            "\nare taken as well.\n";
  if (!command.footer.empty()) text += roff::Verbatim(command.footer);
  return text;
}

std::string Commands(const CommandWords& program) {
  std::string text;
  const CommandWords* told = nullptr;
  for (const CommandWords& command : program.commands) {
    text += Command(command, told);
    if (command.name == "serve") told = &command;
  }
  return text;
}

std::string Kind(ValueKind value, std::string_view placeholder, bool repeatable) {
  std::string kind(KindDescription(value));
  if (value == ValueKind::kChoice) {
    const std::string choices(placeholder);
    kind = "one of ";
    for (const char c : choices) {
      if (c == '|') {
        kind += ", ";
      } else {
        kind += c;
      }
    }
    kind += ", in quotes";
  }
  return repeatable ? "an array, each of it " + kind : kind;
}

std::string Key(const OptionSpec& spec) {
  std::string text = ".TP\n.B " + roff::Argument(spec.name) + "\n" +
                     roff::Text(std::string(spec.help) + ".") + ".br\n";
  std::string facts = "Value: " + Kind(spec.kind, spec.placeholder, spec.repeatable()) + ".";
  if (const std::string range = spec.parse.Range(); !range.empty()) {
    facts += " Range: " + range + ".";
  }
  if (!spec.default_text.empty()) {
    facts += " Default: " + std::string(spec.default_text) + ".";
  } else if (spec.repeatable()) {
    facts += " Default: none.";
  }
  facts += spec.reloadable ? " A reload applies it." : " A change needs a restart.";
  return text + roff::Text(facts + " Variable: " + EnvironmentName(spec) + ".");
}

std::string Keys() {
  std::string text;
  std::string_view group;
  for (const OptionSpec& spec : OptionTable()) {
    if (spec.group != group) {
      group = spec.group;
      text += ".SS " + roff::Argument(group) + "\n";
    }
    text += Key(spec);
  }
  return text;
}

std::string Key(const TableKey& key) {
  std::string facts = "Value: " + Kind(key.kind, key.placeholder, key.repeatable()) + ".";
  if (const std::string range = key.parse.Range(); !range.empty())
    facts += " Range: " + range + ".";
  if (key.presence == Presence::kRequired) {
    facts += " It must be there, such as " + std::string(key.placeholder) + ".";
  } else if (!key.default_text.empty()) {
    facts += " Default: " + std::string(key.default_text) + ".";
  }
  return ".TP\n.B " + roff::Argument(key.name) + "\n" + roff::Text(std::string(key.help) + ".") +
         ".br\n" + roff::Text(facts);
}

// `around`: the tables that it stands in, "redis.".
std::string Table(const TableSpec& table, const std::string& around) {
  const std::string name = around + std::string(table.name);
  std::string text = ".SS " + roff::Argument("[[" + name + "]]") + "\n" +
                     roff::Text(std::string(table.help) + ".");
  for (const TableKey& key : table.keys) text += Key(key);
  for (const TableSpec* inner : table.tables) text += Table(*inner, name + ".");
  return text;
}

std::string AllTables() {
  std::string text;
  for (const TableSpec* table : Tables()) text += Table(*table, {});
  return text;
}

bool IsMark(std::string_view line) {
  return line.size() > 2 && line.front() == '@' && line.back() == '@';
}

std::string WithVersion(std::string_view line) {
  constexpr std::string_view kMark = "@version@";
  std::string text(line);
  if (const std::size_t at = text.find(kMark); at != std::string::npos) {
    text.replace(at, kMark.size(), Version());
  }
  return text;
}

}  // namespace

Result<std::string> FillManualPage(std::string_view source, const CommandWords& program) {
  std::string page;
  for (int number = 1; !source.empty(); ++number) {
    const std::size_t end = source.find('\n');
    const std::string_view line = source.substr(0, end);
    source.remove_prefix(end == std::string_view::npos ? source.size() : end + 1);
    if (line == "@commands@") {
      page += Commands(program);
    } else if (line == "@keys@") {
      page += Keys();
    } else if (line == "@tables@") {
      page += AllTables();
    } else if (IsMark(line)) {
      return Error{"line " + std::to_string(number) + ": unknown mark " + std::string(line) +
                   "; there are @commands@, @keys@ and @tables@"};
    } else {
      page += WithVersion(line) + "\n";
    }
  }
  return page;
}

}  // namespace ringcast
