// The command line as plain words, read off the parser itself: what the shells' completions
// (completion.h) and the manual page (src/manual) are written from, so that they cannot name an
// option that is not there, nor miss one.
//
// Threads: any; plain values.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ringcast {

struct OptionWords {
  std::vector<std::string> names;  // "-q", "--quiet"; a positional has one, without dashes
  std::string placeholder;         // what stands for the value: "FILE", "text|json"; or empty
  std::string help;                // one sentence without a full stop, the default at its end
  std::string group;               // heading in the help
  bool takes_value = false;
  bool repeatable = false;
  bool positional = false;
  bool required = false;
};

struct CommandWords {
  std::string name;
  std::string help;
  std::string footer;
  std::vector<OptionWords> options;    // positionals first, each kind in the order of the help
  std::vector<CommandWords> commands;  // of the program itself
};

CommandWords Describe(const CLI::App& app);

// What may stand for a value, as its placeholder says: words that are written as they are (in lower
// case), and what else a shell can offer.
struct ValueWords {
  std::vector<std::string> choices;
  bool files = false;
  bool users = false;
  bool groups = false;
};

ValueWords Values(const OptionWords& option);

}  // namespace ringcast
