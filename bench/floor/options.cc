#include "options.h"

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "affinity.h"
#include "event_text.h"

namespace bare {
namespace {

constexpr int kUsageError = 64;  // sysexits.h, EX_USAGE

[[noreturn]] void Refuse(const std::string& why) {
  std::fprintf(stderr, "floor: %s\n", why.c_str());
  std::exit(kUsageError);
}

// Each ring's table of direct descriptors is limited by the soft RLIMIT_NOFILE. SO_REUSEPORT
// spreads connections with a deviation of about the square root, and one that has just ended still
// has its slot: 15 percent are spare.
unsigned RingsFor(std::uint32_t connections) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const double a_ring = std::max(1.0, static_cast<double>(files.rlim_cur) / 1.15 - 64);
  return std::max(UsableCores(), static_cast<unsigned>(std::ceil(connections / a_ring)));
}

}  // namespace

Options ParseOptions(int argc, char** argv) {
  Options options;
  CLI::App app("Pushes the bytes of events to TCP connections over io_uring, with no protocol.");
  app.add_option("--mode", options.mode,
                 "each: one send an event; log: as fast as it goes; replay: --events to each "
                 "newcomer at once; beat: heartbeats alone")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Mode>{{"each", Mode::kEach},
                                                                      {"log", Mode::kLog},
                                                                      {"replay", Mode::kReplay},
                                                                      {"beat", Mode::kBeat}}));
  app.add_option("--address", options.address, "IPv4 address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "TCP port")->capture_default_str();
  app.add_option("--connections", options.connections, "start when so many are connected")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rings", options.rings, "threads with a ring each; 0: by cores and limits")
      ->capture_default_str();
  app.add_flag("--pin", options.pin, "pin each thread to a core");
  app.add_option("--rate", options.rate, "events a second (mode each)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--beat", options.beat_seconds, "seconds between two heartbeats (mode beat)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--beat-tick", options.beat_tick_ms,
                 "milliseconds between two looks at whose turn has come (mode beat)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--events", options.events, "stop after so many events (default: by --seconds)");
  app.add_option("--seconds", options.seconds, "stop after so long, unless --events is given")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--payload", options.payload_bytes, "bytes of an event's data")
      ->check(CLI::Range(kMinPayloadBytes, std::size_t{1} << 20))
      ->capture_default_str();
  app.add_option("--window", options.window_bytes,
                 "bytes that the log is ahead of those who keep up (mode log)")
      ->capture_default_str();
  app.add_option("--backlog", options.backlog_bytes,
                 "bytes that it is ahead of one whose socket is full (mode log)")
      ->capture_default_str();
  app.add_option("--send-bytes", options.send_bytes, "bytes of one send at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--log-bytes", options.log_bytes, "bytes of all events at most (mode log)")
      ->capture_default_str();
  app.add_option("--drain-seconds", options.drain_seconds, "wait for those behind at the end")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    std::exit(code == 0 ? 0 : kUsageError);
  }

  if (options.mode == Mode::kEach && options.events == 0) {
    options.events = static_cast<std::uint64_t>(std::llround(options.rate * options.seconds));
    if (options.events == 0) Refuse("--rate times --seconds gives no event");
  }
  if (options.mode == Mode::kReplay && options.events == 0) Refuse("--mode replay needs --events");
  const std::size_t frame = EventText(options.payload_bytes).frame_bytes();
  const bool built_before = options.mode == Mode::kEach || options.mode == Mode::kReplay;
  if (built_before && options.events * frame > options.log_bytes) {
    Refuse("all events are built before the run and need " +
           std::to_string(options.events * frame) + " bytes; raise --log-bytes or lower --seconds");
  }
  if (std::min({options.window_bytes, options.backlog_bytes, options.log_bytes}) < frame) {
    Refuse("--window, --backlog and --log-bytes must each hold one event of " +
           std::to_string(frame) + " bytes");
  }
  if (options.rings == 0) options.rings = RingsFor(options.connections);
  return options;
}

}  // namespace bare
