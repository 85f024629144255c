#include "app/serve_flags.h"

namespace ringcast {
namespace {

std::string Description(const OptionSpec& spec) {
  std::string text(spec.help);
  if (spec.name == "publish-socket") {
    text +=
        " [default: publish.sock in $RUNTIME_DIRECTORY, /run/ringcast for root, or "
        "$XDG_RUNTIME_DIR/ringcast]";
  } else if (spec.kind != ValueKind::kSwitch && !spec.default_text.empty()) {
    text += " [default: " + std::string(spec.default_text) + "]";
  }
  return text;
}

CLI::Option* AddFlag(CLI::App& command, const OptionSpec& spec) {
  const std::string name = "--" + std::string(spec.name);
  if (spec.kind == ValueKind::kSwitch) {
    return command.add_flag(name)
        ->description(Description(spec))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  return command.add_option(name)
      ->description(Description(spec))
      ->type_name(std::string(spec.placeholder))
      ->expected(1)
      ->multi_option_policy(spec.repeatable() ? CLI::MultiOptionPolicy::TakeAll
                                              : CLI::MultiOptionPolicy::TakeLast)
      // Else "--listen a b" would swallow what follows the value.
      ->allow_extra_args(false);
}

}  // namespace

ServeFlags::ServeFlags(CLI::App& command)
    : config_(command.add_option("--config")
                  ->description("Configuration file in TOML; none is read unless named here or in "
                                "RINGCAST_CONFIG")
                  ->type_name("FILE")
                  ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)) {
  for (const OptionSpec& spec : OptionTable()) {
    CLI::Option* flag = AddFlag(command, spec)->group(std::string(spec.group));
    flags_.emplace_back(&spec, flag);
  }
  command.footer(
      "SIGHUP reads the configuration again and applies all of it, without losing a\n"
      "connection, but for\n" +
      RestartOnlyNames() +
      ".\n\n"
      "TIME is 500ms, 10s, 2m, 1h30m, or off where that is said; SIZE is 512, 64KiB\n"
      "or 1MiB. Each option is also a key of the file (heartbeat = \"15s\") and a\n"
      "variable (RINGCAST_HEARTBEAT=15s; several values separated by commas). A flag\n"
      "beats a variable, which beats the file.");
}

OptionSources ServeFlags::Collect(Environment environment) const {
  OptionSources sources;
  sources.environment = std::move(environment);
  if (!config_->results().empty()) sources.config_file = config_->results().back();
  for (const auto& [spec, flag] : flags_) {
    std::vector<std::string> values = flag->results();
    if (values.empty()) continue;
    if (!spec->repeatable()) values.erase(values.begin(), values.end() - 1);
    sources.flags.push_back({.name = std::string(spec->name), .values = std::move(values)});
  }
  return sources;
}

}  // namespace ringcast
