#include "app/help_formatter.h"

#include <utility>

namespace ringcast {
namespace {

// What a terminal has at least.
constexpr std::size_t kWidth = 80;
constexpr std::size_t kSecondColumn = 30;

}  // namespace

std::string TwoColumns(std::string_view left, std::string_view right) {
  std::string line = "  " + std::string(left);
  std::string text;
  const auto start_second_column = [&line, &text] {
    if (line.size() + 2 > kSecondColumn) {
      text += line + "\n";
      line.clear();
    }
    line.resize(kSecondColumn, ' ');
  };
  if (!right.empty()) start_second_column();
  bool line_has_word = false;
  while (!right.empty()) {
    const std::size_t space = right.find(' ');
    const std::string_view word = right.substr(0, space);
    right.remove_prefix(space == std::string_view::npos ? right.size() : space + 1);
    if (line_has_word && line.size() + 1 + word.size() > kWidth) {
      text += line + "\n";
      line.assign(kSecondColumn, ' ');
      line_has_word = false;
    }
    if (line_has_word) line += ' ';
    line += word;
    line_has_word = true;
  }
  return text + line + "\n";
}

std::string HelpFormatter::make_group(std::string group, bool is_positional,
                                      std::vector<const CLI::Option*> options) const {
  std::string text = "\n" + group + ":\n";
  for (const CLI::Option* option : options) {
    std::string left = make_option_name(option, is_positional);
    // A positional's name already says what stands there.
    if (!is_positional && !option->get_type_name().empty()) {
      left += " " + option->get_type_name();
    }
    text += TwoColumns(left, option->get_description());
  }
  return text;
}

std::string HelpFormatter::make_subcommand(const CLI::App* subcommand) const {
  return TwoColumns(subcommand->get_name(), subcommand->get_description());
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  if (app->get_parent() != nullptr) name = app->get_parent()->get_name() + " " + app->get_name();
  std::string usage = "\nUsage: " + name;
  if (app->get_parent() == nullptr) return usage + " COMMAND [OPTIONS]\n";
  usage += " [OPTIONS]";
  const auto is_positional = [](const CLI::Option* option) { return option->get_positional(); };
  for (const CLI::Option* option : app->get_options(is_positional)) {
    usage += " " + make_option_usage(option);
  }
  return usage + "\n";
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
  // The library adds its own empty line between groups, and ends with one.
  for (std::size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;) text.erase(at, 1);
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace ringcast
