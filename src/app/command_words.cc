#include "app/command_words.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ringcast {
namespace {

OptionWords DescribeOption(const CLI::Option& option) {
  OptionWords words;
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  words.positional = words.names.empty();
  if (words.positional) words.names.push_back(option.get_name());
  words.takes_value = option.get_items_expected_max() > 0;
  if (words.takes_value) words.placeholder = option.get_type_name();
  words.help = option.get_description();
  words.group = option.get_group();
  words.repeatable = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll ||
                     (words.positional && option.get_items_expected_max() > 1);
  words.required = option.get_required();
  return words;
}

bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

}  // namespace

CommandWords Describe(const CLI::App& app) {
  CommandWords words{.name = app.get_name(),
                     .help = app.get_description(),
                     .footer = app.get_footer(),
                     .options = {},
                     .commands = {}};
  std::vector<OptionWords> flags;
  for (const CLI::Option* option : app.get_options()) {
    OptionWords described = DescribeOption(*option);
    (described.positional ? words.options : flags).push_back(std::move(described));
  }
  std::move(flags.begin(), flags.end(), std::back_inserter(words.options));
  for (const CLI::App* command : app.get_subcommands(/*filter=*/nullptr)) {
    words.commands.push_back(Describe(*command));
  }
  return words;
}

ValueWords Values(const OptionWords& option) {
  ValueWords values;
  std::string_view rest = option.placeholder;
  while (!rest.empty()) {
    const std::size_t bar = rest.find('|');
    const std::string_view word = rest.substr(0, bar);
    rest.remove_prefix(bar == std::string_view::npos ? rest.size() : bar + 1);
    if (IsWord(word)) values.choices.emplace_back(word);
    values.files = values.files || word == "FILE" || word == "[KID:]FILE" || word == "PATH";
    values.users = values.users || word == "USER";
    values.groups = values.groups || word == "GROUP";
  }
  return values;
}

}  // namespace ringcast
