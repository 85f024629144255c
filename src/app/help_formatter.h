// How `--help` looks: two columns, wrapped to 80, option groups under their headings.
//
// Threads: the main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringcast {

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override;
  std::string make_subcommand(const CLI::App* subcommand) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

// `left` indented by two and `right` in the second column, on a line of its own when left is too
// long. Breaks at spaces only; no line exceeds 80 columns unless one word does.
std::string TwoColumns(std::string_view left, std::string_view right);

}  // namespace ringcast
