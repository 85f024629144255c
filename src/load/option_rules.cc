#include "load/option_rules.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "load/bench_event.h"
#include "load/channel_names.h"

namespace ringcast {
namespace {

constexpr std::array kScenarios = {Scenario::kHold,     Scenario::kFanout, Scenario::kSaturate,
                                   Scenario::kReplay,   Scenario::kChurn,  Scenario::kStorm,
                                   Scenario::kChannels, Scenario::kSlow};

constexpr unsigned Set(std::initializer_list<Scenario> scenarios) {
  unsigned set = 0;
  for (const Scenario scenario : scenarios) set |= 1u << static_cast<unsigned>(scenario);
  return set;
}
constexpr unsigned AllBut(Scenario scenario) { return ~Set({scenario}); }

// Options that do not belong to all scenarios.
struct Rule {
  std::string_view option;
  unsigned scenarios;
};
constexpr std::array kRules = {
    Rule{"--rate", Set({Scenario::kFanout, Scenario::kReplay, Scenario::kChurn, Scenario::kStorm,
                        Scenario::kChannels, Scenario::kSlow})},
    Rule{"--quiet", Set({Scenario::kHold, Scenario::kFanout})},
    Rule{"--events", Set({Scenario::kReplay})},
    Rule{"--live", Set({Scenario::kReplay})},
    Rule{"--churn", Set({Scenario::kChurn})},
    Rule{"--channels", Set({Scenario::kChannels})},
    Rule{"--zipf", Set({Scenario::kChannels})},
    Rule{"--slow-share", Set({Scenario::kSlow})},
    Rule{"--connect-rate", AllBut(Scenario::kReplay)},
    Rule{"--channel", AllBut(Scenario::kHold)},
    Rule{"--publish-body", AllBut(Scenario::kHold)},
    Rule{"--drain-seconds", AllBut(Scenario::kHold)},
    Rule{"--hgrm", AllBut(Scenario::kHold)},
};

// "fanout, replay and slow".
std::string Names(unsigned set) {
  std::string names;
  std::string last;
  for (const Scenario scenario : kScenarios) {
    if ((set & Set({scenario})) == 0) continue;
    if (!last.empty()) names += (names.empty() ? "" : ", ") + last;
    last = Name(scenario);
  }
  return names.empty() ? last : names + " and " + last;
}

std::string Stray(const BenchOptions& options) {
  for (const Rule& rule : kRules) {
    const bool given =
        std::find(options.given.begin(), options.given.end(), rule.option) != options.given.end();
    if (!given || (rule.scenarios & Set({options.scenario})) != 0) continue;
    return std::string(rule.option) + " means nothing to " + std::string(Name(options.scenario)) +
           ": it is for " + Names(rule.scenarios);
  }
  return {};
}

std::string ReplayMisuse(const BenchOptions& options) {
  if (options.replay_events < 2) return "--events must be at least 2";
  const bool has_rate =
      std::find(options.given.begin(), options.given.end(), "--rate") != options.given.end();
  if (has_rate && options.live_connections == 0) return "--rate goes with --live in replay";
  if (options.publish == "none" && options.live_connections > 0) {
    return "--live needs events to be published: --publish must say where";
  }
  if (options.live_connections > 0 && !(options.rate > 0)) return "--rate must be more than 0";
  return {};
}

std::string ChannelsMisuse(const BenchOptions& options) {
  if (options.channels == 0) return "--channels must be at least 1";
  constexpr std::uint32_t kMaxChannels = 100'000'000;
  if (options.channels > kMaxChannels) return "--channels must be at most 100000000";
  if (options.payload_bytes < kMinChannelPayloadBytes) {
    return "--payload must be at least " + std::to_string(kMinChannelPayloadBytes) +
           " with channels";
  }
  const bool over_http = !options.publish.starts_with("unix:");
  if (over_http && !HasChannelPlace(options.publish) && !HasChannelPlace(options.publish_body)) {
    return "channels needs {channel} in the URL of --publish or in --publish-body";
  }
  return {};
}

}  // namespace

std::string Misuse(const BenchOptions& options) {
  const auto is = [&options](Scenario scenario) { return options.scenario == scenario; };
  if (std::string stray = Stray(options); !stray.empty()) return stray;
  if (options.connections == 0) return "--connections must be at least 1";
  if (options.payload_bytes < kMinPayloadBytes) {
    return "--payload must be at least " + std::to_string(kMinPayloadBytes);
  }
  if (!(options.seconds > 0)) return "--seconds must be more than 0";
  if (is(Scenario::kHold)) {
    return options.publish == "none" ? "" : "hold publishes nothing: leave out --publish";
  }
  // Only these know what to make of a target that publishes by itself.
  const bool may_watch = is(Scenario::kFanout) || is(Scenario::kSaturate) || is(Scenario::kReplay);
  if (options.publish == "none" && !may_watch) {
    return std::string(Name(options.scenario)) + " publishes events: --publish must say where";
  }
  if (is(Scenario::kReplay)) return ReplayMisuse(options);
  if (is(Scenario::kChannels)) return ChannelsMisuse(options);
  if (!is(Scenario::kSaturate) && !(options.rate > 0)) return "--rate must be more than 0";
  if (is(Scenario::kSlow) && !(options.slow_share >= 0 && options.slow_share < 1)) {
    return "--slow-share must be at least 0 and less than 1: someone has to read";
  }
  return {};
}

}  // namespace ringcast
