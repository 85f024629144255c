// The flags of `serve` and `check-config`, made from the option table.
//
// Threads: the main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "config/default_paths.h"
#include "config/option_table.h"
#include "config/options.h"

namespace ringcast {

class ServeFlags {
 public:
  // Adds --config and a flag for each option to `command`, which must outlive this.
  explicit ServeFlags(CLI::App& command);

  // What was typed, after `command` has been parsed. A flag that takes one value and stands several
  // times counts with its last, as in most programs.
  OptionSources Collect(Environment environment) const;

 private:
  CLI::Option* config_;
  std::vector<std::pair<const OptionSpec*, CLI::Option*>> flags_;
};

}  // namespace ringcast
