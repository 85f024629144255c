// What `ringcast bench` measures: one scenario against one server, which need not be Ringcast.
// Every subscriber checks each event it gets for loss, duplication and order; how long events took
// is counted from when they were meant to be sent.
//
// Threads: RunBench blocks the one that calls, starts the others and joins them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringcast {

enum class Scenario : std::uint8_t {
  kHold,      // connect, stay connected: what a quiet subscriber costs
  kFanout,    // events at a given rate to one channel: what a delivery costs and how long it takes
  kSaturate,  // events as fast as back-pressure lets them pass: how many deliveries a second
  kReplay,    // all connect at once and ask for what they missed
  kChurn,     // connections leave and come while events go on
  kStorm,     // all are cut at once and resume while events go on
  kChannels,  // many channels, of which some are far more popular than others
  kSlow,      // some of the subscribers stop reading
};

// As it is typed.
constexpr std::string_view Name(Scenario scenario) {
  switch (scenario) {
    case Scenario::kHold:
      return "hold";
    case Scenario::kFanout:
      return "fanout";
    case Scenario::kSaturate:
      return "saturate";
    case Scenario::kReplay:
      return "replay";
    case Scenario::kChurn:
      return "churn";
    case Scenario::kStorm:
      return "storm";
    case Scenario::kChannels:
      return "channels";
    case Scenario::kSlow:
      return "slow";
  }
  return "unknown";
}

struct BenchOptions {
  Scenario scenario = Scenario::kHold;
  std::string target = "http://127.0.0.1:8080/events/bench";  // the stream's URL, IPv4

  std::uint64_t connections = 1000;
  double connect_rate = 0;  // connections started a second; 0: as fast as the server takes them
  // How many addresses to spread over, from the target's upwards: one destination gives only as
  // many connections as there are local ports. 0: as many as are needed within 127.0.0.0/8, else 1.
  unsigned spread = 0;
  unsigned workers = 0;  // receiving threads; 0: one for each core, at most 2

  // Where events come from: unix:PATH (Ringcast's publish socket), http://HOST:PORT/PATH (one POST
  // an event) or none (the target makes them by itself, numbered from when all are connected).
  std::string publish = "none";
  std::string channel = {};  // for unix:; empty: what follows /events/ in the target
  // Body of a POST; {event} stands for the event's data. With many channels {channel} stands for
  // the name of one, here, in the path of `publish` and in the target.
  std::string publish_body = "{event}";

  double rate = 20;                 // events a second; channels: 0 is as fast as they pass
  double seconds = 10;              // of holding or publishing; replay, storm: of what goes before
  double drain_seconds = 10;        // no delivery for so long at the end: what is missing is lost
  std::size_t payload_bytes = 100;  // of an event's data, at least kMinPayloadBytes

  double quiet_seconds = 0;           // hold, fanout: of holding still before anything is published
  std::uint64_t replay_events = 100;  // replay: published before
  std::uint64_t live_connections = 0;  // replay: that follow the same channel all the while
  double churn_rate = 0;               // churn: connections replaced a second; 0: a tenth of all
  std::uint32_t channels = 1000;       // channels
  double zipf = 1;                     // channels: the exponent of Zipf's law; 0: all alike
  double slow_share = 0.5;             // slow: of the connections stop to read, 0 to 1

  // Options that were given by name ("--rate"), so that one that means nothing can be refused.
  std::vector<std::string> given = {};

  std::vector<pid_t> server_pids = {};  // whose CPU time and memory are counted, in sum
  bool allow_gaps = false;              // a gap that the server tells is no failure
  std::string hgrm_file = {};           // latencies as HdrHistogram text; empty: none
  std::string json_file = {};           // the report as JSON; empty: none
};

// Measures, prints the report to standard output and gives the exit code: 0; 1 when an event was
// lost, doubled, out of order or foreign, when a stream was cut, or when a gap was told and that is
// not allowed; 64 for options that make no sense; 69 when not every connection or the publisher
// came through; 74 when a report could not be written.
int RunBench(const BenchOptions& options);

}  // namespace ringcast
