// The floor's command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bare {

enum class Mode {
  kEach,    // open loop: one event every 1/rate s, one send for each event and connection
  kLog,     // saturation: each send carries all that its connection has not been sent yet
  kReplay,  // all events are there before, and each newcomer gets them with its head, in one send
  kBeat,    // no event; a heartbeat to each connection every `beat_seconds`, spread over that time
};

struct Options {
  Mode mode = Mode::kEach;
  std::string address = "127.0.0.1";
  std::uint16_t port = 8090;
  std::uint32_t connections = 1000;  // pushing starts when so many are there
  unsigned rings = 0;        // 0: one for each core, more when the descriptor limit asks for it
  bool pin = false;          // each thread to a core of its own, round robin
  double rate = 20;          // events/s, kEach only
  double beat_seconds = 30;  // kBeat only
  double beat_tick_ms =
      50;  // kBeat: how often those due are looked for; as the server's wheel turns
  std::uint64_t events = 0;         // 0: as many as `seconds` take
  double seconds = 10;              // kLog: no limit when `events` is given
  std::size_t payload_bytes = 100;  // of an event's data
  // kLog: the log's end is at most so far ahead of a connection that keeps up, and of one whose
  // socket is full. Both as the server has them.
  std::uint64_t window_bytes = 64 * 1024;
  std::uint64_t backlog_bytes = 1024 * 1024;
  std::uint64_t send_bytes = 64 * 1024;  // one send is at most so long
  std::uint64_t log_bytes = 1ull << 30;  // kLog: address space for events; full: the run ends
  double drain_seconds = 10;             // for connections that are behind at the end
};

// Ends the process with 64 and a message when the command line is wrong, with 0 after --help.
Options ParseOptions(int argc, char** argv);

}  // namespace bare
