#include "app/completion.h"

#include <string_view>
#include <vector>

namespace ringcast {
namespace {

std::string Join(const std::vector<std::string>& words, std::string_view between) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += between;
    joined += word;
  }
  return joined;
}

std::string Escape(std::string_view text, std::string_view special) {
  std::string escaped;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// In single quotes, as bash and zsh read them.
std::string Quote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string FishQuote(std::string_view text) { return "'" + Escape(text, "'\\") + "'"; }

// Beside a word there is room for what it is, not for its default or its finer points.
std::string_view Brief(std::string_view help) {
  help = help.substr(0, help.find(" [default"));
  return help.substr(0, help.find(';'));
}

bool IsShort(std::string_view name) { return name.size() == 2 && name[0] == '-'; }

// --- bash ---

// The call that offers what may stand for the value; empty where only the user knows.
std::string BashOffer(const OptionWords& option) {
  const ValueWords values = Values(option);
  std::string offer;
  if (!values.choices.empty()) offer += " -W " + Quote(Join(values.choices, " "));
  if (values.files) offer += " -A file";
  if (values.users) offer += " -A user";
  if (values.groups) offer += " -A group";
  return offer.empty() ? offer : "_ringcast_offer" + offer;
}

std::string BashCommand(const CommandWords& command) {
  std::vector<std::string> flags;
  std::vector<std::string> silent;  // options whose value only the user knows
  std::string text = "    " + command.name + ")\n      case $previous in\n";
  std::string positional;
  for (const OptionWords& option : command.options) {
    const std::string offer = BashOffer(option);
    if (option.positional) {
      if (positional.empty()) positional = offer;
      continue;
    }
    flags.insert(flags.end(), option.names.begin(), option.names.end());
    if (!option.takes_value) continue;
    if (offer.empty()) {
      silent.insert(silent.end(), option.names.begin(), option.names.end());
    } else {
      text += "        " + Join(option.names, " | ") + ") " + offer + " ;;\n";
    }
  }
  if (!silent.empty()) text += "        " + Join(silent, " | ") + ") ;;\n";
  text += "        *)\n";
  const std::string offer_flags = "_ringcast_offer -W " + Quote(Join(flags, " ")) + "\n";
  if (positional.empty()) {
    text += "          " + offer_flags;
  } else {
    text += "          if [[ $current == -* ]]; then\n            " + offer_flags +
            "          else\n            " + positional + "\n          fi\n";
  }
  return text + "          ;;\n      esac\n      ;;\n";
}

// --- zsh ---

// The action of a value: what completes it.
std::string ZshAction(const OptionWords& option) {
  const ValueWords values = Values(option);
  if (values.files) return "_files";
  if (values.users) return "_users";
  if (values.groups) return "_groups";
  if (!values.choices.empty()) return "(" + Join(values.choices, " ") + ")";
  // A list of nothing: the usual " " would keep options from being offered before a positional.
  return option.positional ? "( )" : " ";
}

// What _arguments takes: '*--listen=[Where ...]:ADDR\:PORT: ' and the like.
std::string ZshSpecs(const OptionWords& option) {
  const std::string placeholder = Escape(option.placeholder, ":\\");
  if (option.positional) {
    const std::string name = Escape(option.names.front(), ":\\");
    return " \\\n          " +
           Quote((option.repeatable ? "*:" : ":") + name + ":" + ZshAction(option));
  }
  std::string specs;
  for (const std::string& name : option.names) {
    std::string spec = option.repeatable ? "*" : "(" + Join(option.names, " ") + ")";
    spec += name;
    if (option.takes_value) spec += IsShort(name) ? "+" : "=";
    spec += "[" + Escape(Brief(option.help), "[]:\\") + "]";
    if (option.takes_value) spec += ":" + placeholder + ":" + ZshAction(option);
    specs += " \\\n          " + Quote(spec);
  }
  return specs;
}

// --- fish ---

std::string FishOption(const std::string& condition, const OptionWords& option) {
  const ValueWords values = Values(option);
  std::string line = "complete -c ringcast -n " + FishQuote(condition);
  if (option.positional) {
    if (values.choices.empty() && !values.files) return "";
  } else {
    for (const std::string& name : option.names) {
      line += IsShort(name) ? " -s " + name.substr(1) : " -l " + name.substr(2);
    }
    if (option.takes_value) line += values.files ? " -r" : " -x";
  }
  if (values.files) line += " -F";
  std::string offered = Join(values.choices, " ");
  if (values.users) offered = "(__fish_complete_users)";
  if (values.groups) offered = "(__fish_complete_groups)";
  if (!offered.empty()) line += " -a " + FishQuote(offered);
  return line + " -d " + FishQuote(Brief(option.help)) + "\n";
}

}  // namespace

std::string BashCompletion(const CommandWords& program) {
  std::vector<std::string> first;
  std::string commands;
  for (const CommandWords& command : program.commands) {
    first.push_back(command.name);
    commands += BashCommand(command);
  }
  for (const OptionWords& option : program.options) {
    first.insert(first.end(), option.names.begin(), option.names.end());
  }
  return R"(# Completion of ringcast for bash, made by "ringcast completion bash".

_ringcast_offer() {
  [[ " $* " != *" -A file "* ]] || compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$@" -- "$current")
}

_ringcast() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # To bash "--option=value" is three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _ringcast_offer -W )" +
         Quote(Join(first, " ")) + R"(
    return
  fi
  case ${COMP_WORDS[1]} in
)" + commands +
         R"(  esac
}

complete -F _ringcast ringcast
)";
}

std::string ZshCompletion(const CommandWords& program) {
  std::string names;
  std::string commands;
  for (const CommandWords& command : program.commands) {
    names += "        " +
             Quote(Escape(command.name, ":\\") + ":" + Escape(Brief(command.help), "\\")) + "\n";
    commands += "        " + command.name + ")\n          _arguments";
    for (const OptionWords& option : command.options) commands += ZshSpecs(option);
    commands += "\n          ;;\n";
  }
  std::string flags;
  for (const OptionWords& option : program.options) flags += ZshSpecs(option);
  return R"(#compdef ringcast
# Completion of ringcast for zsh, made by "ringcast completion zsh".

_ringcast() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C)" +
         flags + R"( \
          '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
)" + names +
         R"(      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
)" + commands +
         R"(      esac
      ;;
  esac
}

# Read from the function path it is the function itself; sourced, it is registered.
if [[ $funcstack[1] == _ringcast ]]; then
  _ringcast "$@"
else
  compdef _ringcast ringcast
fi
)";
}

std::string FishCompletion(const CommandWords& program) {
  std::string text =
      "# Completion of ringcast for fish, made by \"ringcast completion fish\".\n"
      "complete -c ringcast -f\n";
  for (const OptionWords& option : program.options) {
    text += FishOption("__fish_use_subcommand", option);
  }
  for (const CommandWords& command : program.commands) {
    text += "complete -c ringcast -n __fish_use_subcommand -a " + command.name + " -d " +
            FishQuote(Brief(command.help)) + "\n";
  }
  for (const CommandWords& command : program.commands) {
    for (const OptionWords& option : command.options) {
      text += FishOption("__fish_seen_subcommand_from " + command.name, option);
    }
  }
  return text;
}

}  // namespace ringcast
