#include "app/reload.h"

#include <string>
#include <vector>

#include "app/log.h"
#include "base/log_sink.h"
#include "config/config_table.h"
#include "config/option_table.h"
#include "config/options_loader.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

void Refuse(Server& server, const std::vector<std::string>& mistakes) {
  server.reloads().refused.Add();
  server.reloads().last_was_ok.Set(0);
  Log(LogLevel::kError,
      "reload refused, nothing has changed mistakes=" + std::to_string(mistakes.size()));
  for (const std::string& mistake : mistakes) Log(LogLevel::kError, mistake);
}

std::string Listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::string Shown(const OptionSpec& spec, const ServeOptions& options) {
  const std::string text = spec.text(options);
  return text.empty() ? "none" : text;
}

}  // namespace

void Reload(Server& server, const std::function<void()>& meanwhile) {
  const ServeOptions before = server.options();
  LoadedOptions loaded = LoadServeOptions(before.sources);
  if (!loaded.ok()) {
    std::vector<std::string> mistakes;
    for (OptionError& error : loaded.errors) mistakes.push_back(std::move(error.message));
    return Refuse(server, mistakes);
  }
  ServeOptions& fresh = loaded.options;
  std::vector<std::string> changes;
  std::vector<std::string> needs_restart;
  for (const OptionSpec& spec : OptionTable()) {
    if (spec.text(fresh) == spec.text(before)) continue;
    std::string change =
        std::string(spec.name) + " " + Shown(spec, before) + " -> " + Shown(spec, fresh);
    if (!spec.reloadable) {
      needs_restart.emplace_back(spec.name);
      spec.copy(before, fresh);
    } else if (spec.name == "max-connections" && !server.FitsConnections(fresh)) {
      needs_restart.push_back("max-connections (the tables hold " +
                              std::to_string(server.MostConnections()) + ")");
      spec.copy(before, fresh);
    } else {
      changes.push_back(std::move(change));
    }
  }
  for (const TableSpec* table : Tables()) {
    if (std::string change = TableChange(*table, before, fresh); !change.empty()) {
      changes.push_back(std::move(change));
    }
  }
  if (const std::vector<std::string> mistakes = server.Apply(fresh, meanwhile); !mistakes.empty()) {
    return Refuse(server, mistakes);
  }
  server.reloads().ok.Add();
  server.reloads().last_was_ok.Set(1);
  server.reloads().last_ok_unix_time.Set(static_cast<std::uint64_t>(WallClockNow() / 1000));

  std::string message = "reloaded: " + (changes.empty() ? "no change" : Listed(changes));
  if (!needs_restart.empty()) message += "; needs a restart: " + Listed(needs_restart);
  // Said at whichever of the two levels lets it through.
  const bool quieter = fresh.log_level > before.log_level;
  if (fresh.log_format != before.log_format) SetLogFormat(fresh.log_format);
  if (!quieter) SetLogLevel(fresh.log_level);
  Log(needs_restart.empty() ? LogLevel::kInfo : LogLevel::kWarning, message);
  if (quieter) SetLogLevel(fresh.log_level);
}

}  // namespace ringcast
