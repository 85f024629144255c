#include "app/bench_flags.h"

#include <cmath>
#include <iterator>
#include <string>

#include "app/help_formatter.h"
#include "base/units.h"

namespace ringcast {
namespace {

struct ScenarioHelp {
  Scenario scenario;
  const char* what;
};
constexpr ScenarioHelp kScenarios[] = {
    {Scenario::kHold, "connect and stay: what a quiet subscriber costs"},
    {Scenario::kFanout, "events at --rate to all: what a delivery costs and how long it takes"},
    {Scenario::kSaturate, "events as fast as back-pressure lets them pass"},
    {Scenario::kReplay,
     "all connect at once and ask for what they missed; the server must keep --events events"},
    {Scenario::kChurn, "connections leave and come while events go on"},
    {Scenario::kStorm, "all are reset at once and resume while events go on"},
    {Scenario::kChannels, "--channels channels, some far more popular than others"},
    {Scenario::kSlow, "some of the subscribers stop reading"},
};

// Empty, or what is wrong. The library alone would take "-1" for a huge number.
std::string NumberError(const std::string& text) {
  double value = 0;
  if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value >= 0) return {};
  return Quoted(text) + " is not a number of at least 0";
}

const ScenarioHelp* FindScenario(const std::string& name) {
  for (const ScenarioHelp& help : kScenarios) {
    if (Name(help.scenario) == name) return &help;
  }
  return nullptr;
}

std::string ScenarioError(const std::string& text) {
  std::string names;
  for (const ScenarioHelp& help : kScenarios) {
    const bool last = &help == std::end(kScenarios) - 1;
    names += (names.empty() ? "" : last ? " or " : ", ") + std::string(Name(help.scenario));
  }
  return Quoted(text) + " is no scenario; choose " + names;
}

// "hold|fanout|...": for the shells that complete it.
std::string ScenarioChoices() {
  std::string names;
  for (const ScenarioHelp& help : kScenarios) {
    names += (names.empty() ? "" : "|") + std::string(Name(help.scenario));
  }
  return names;
}

std::string ScenarioLines() {
  std::string lines = "Scenarios:\n";
  for (const ScenarioHelp& help : kScenarios) lines += TwoColumns(Name(help.scenario), help.what);
  return lines;
}

}  // namespace

void AddBenchFlags(CLI::App& command, BenchOptions& options) {
  command.add_option("SCENARIO", options.scenario, "What to measure, see below")
      ->type_name(ScenarioChoices())
      ->required()
      ->transform(CLI::Validator(
          [](std::string& text) {
            const ScenarioHelp* const found = FindScenario(text);
            if (found == nullptr) return ScenarioError(text);
            // As the library reads enumerations.
            text = std::to_string(static_cast<int>(found->scenario));
            return std::string();
          },
          ""));
  const CLI::Validator is_number([](std::string& text) { return NumberError(text); }, "");
  const auto add = [&command](const char* name, auto& value, const char* placeholder,
                              const char* description) {
    return command.add_option(name, value, description)
        ->type_name(placeholder)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  const auto add_number = [&add, &is_number](const char* name, auto& value, const char* placeholder,
                                             const char* description) {
    return add(name, value, placeholder, description)->check(is_number);
  };
  add("--target", options.target, "URL",
      "Stream to subscribe to [default: http://127.0.0.1:8080/events/bench]");
  add_number("--connections", options.connections, "N", "Subscribers [default: 1000]");
  add_number("--connect-rate", options.connect_rate, "N",
             "Connections started a second; 0: as fast as they are taken [default: 0]");
  add_number("--spread", options.spread, "N",
             "Addresses to connect to, from the target's upwards; 0: as many as the local ports "
             "make necessary [default: 0]");
  add_number("--workers", options.workers, "N",
             "Receiving threads; 0: one for each core, at most 2 [default: 0]");
  add("--publish", options.publish, "unix:PATH|URL|none",
      "Where events come from: ringcast's publish socket, a POST each, or the target itself "
      "[default: none]");
  add("--channel", options.channel, "NAME",
      "Channel to publish to [default: what follows /events/ in the target]");
  add("--publish-body", options.publish_body, "TEXT",
      "Body of a POST, with {event} for the data [default: {event}]");
  add_number("--seconds", options.seconds, "N",
             "How long to hold, publish or churn; before a storm and, with --live, before a replay "
             "[default: 10]");
  add_number("--drain-seconds", options.drain_seconds, "N",
             "What has not come is lost when nothing came for so long [default: 10]");
  add_number("--payload", options.payload_bytes, "BYTES", "Size of an event's data [default: 100]");
  command.add_option("--server-pid", options.server_pids)
      ->description("Process whose CPU time and memory to count; may be repeated")
      ->type_name("PID")
      ->check(is_number)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  command.add_flag("--allow-gaps", options.allow_gaps, "Gaps that the server tells are no failure");
  add("--hgrm", options.hgrm_file, "FILE", "Write the latencies as HdrHistogram text");
  add("--json", options.json_file, "FILE", "Write the report as JSON");
  const auto only = [](CLI::Option* option) { option->group("For some scenarios"); };
  only(
      add_number("--rate", options.rate, "N",
                 "Events a second (fanout, churn, storm, slow; replay with --live; channels, where "
                 "0 is as fast as they pass) [default: 20]"));
  only(add_number("--quiet", options.quiet_seconds, "SECONDS",
                  "Hold still so long before publishing and count what that costs (fanout; hold: "
                  "instead of --seconds) [default: 0]"));
  only(add_number("--events", options.replay_events, "N",
                  "Events that are there to be replayed (replay) [default: 100]"));
  only(add_number("--live", options.live_connections, "N",
                  "Subscribers to whom events go on all the while (replay) [default: 0]"));
  only(add_number("--churn", options.churn_rate, "N",
                  "Connections replaced a second (churn) [default: a tenth of all]"));
  only(add_number("--channels", options.channels, "N",
                  "Channels, over which the connections are spread evenly; {channel} in --target, "
                  "--publish and --publish-body stands for a name (channels) [default: 1000]"));
  only(add_number("--zipf", options.zipf, "S",
                  "Exponent of Zipf's law by which events choose channels; 0: all alike (channels) "
                  "[default: 1]"));
  only(add_number("--slow-share", options.slow_share, "F",
                  "Part of the connections that stop reading, from 0 to less than 1 (slow) "
                  "[default: 0.5]"));
  command.parse_complete_callback([&command, &options] {
    for (const CLI::Option* option : command.get_options()) {
      if (option->count() == 0) continue;
      for (const std::string& name : option->get_lnames()) options.given.push_back("--" + name);
    }
  });
  command.footer(ScenarioLines() +
                 "\nExits with 1 when an event was lost, doubled, out of order or foreign. With\n"
                 "many connections (beyond about 12,000) the server must listen on 0.0.0.0.");
}

}  // namespace ringcast
