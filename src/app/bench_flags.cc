#include "app/bench_flags.h"

#include <cmath>
#include <map>
#include <string>

#include "app/units.h"

namespace ringcast {
namespace {

const std::map<std::string, Scenario> kScenarios = {
    {"hold", Scenario::kHold}, {"fanout", Scenario::kFanout}, {"saturate", Scenario::kSaturate}};

// Empty, or what is wrong. The library alone would take "-1" for a huge number.
std::string NumberError(const std::string& text) {
  double value = 0;
  if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value >= 0) return {};
  return Quoted(text) + " is not a number of at least 0";
}

std::string ScenarioError(const std::string& text) {
  if (kScenarios.contains(text)) return {};
  return Quoted(text) + " is no scenario; choose hold, fanout or saturate";
}

// Replaces a name by its number, as the library reads enumerations.
std::string ScenarioNumber(const std::string& text) {
  return std::to_string(static_cast<int>(kScenarios.at(text)));
}

}  // namespace

void AddBenchFlags(CLI::App& command, BenchOptions& options) {
  command
      .add_option("SCENARIO", options.scenario,
                  "hold: connect and stay; fanout: events at --rate; saturate: events as fast as "
                  "they pass")
      ->required()
      ->transform(CLI::Validator(
          [](std::string& text) {
            std::string error = ScenarioError(text);
            if (error.empty()) text = ScenarioNumber(text);
            return error;
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
  add_number("--rate", options.rate, "N", "Events a second, for fanout [default: 20]");
  add_number("--seconds", options.seconds, "N", "How long to hold or publish [default: 10]");
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
  command.footer(
      "Exits with 1 when an event was lost, doubled, out of order or foreign. With\n"
      "many connections (beyond about 12,000) the server must listen on 0.0.0.0.");
}

}  // namespace ringcast
