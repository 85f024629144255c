// Where every floor says something to the operator, without knowing how it is written: the program
// injects a sink once (src/app/log.h), a library or a test may leave it out and then nothing is
// said.
//
// Threads: SetLogSink before any other thread is started (starting a thread publishes it); Log from
// any thread, so a sink must be callable from several threads at once.
// Invariants: without a sink Log does nothing. The sink decides which levels are written.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringcast {

// From the least to the most serious. The journal's priorities (RFC 5424 6.2.1) are 7, 6, 4 and 3.
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning" or "error".
std::string_view Name(LogLevel level);

using LogSink = void (*)(LogLevel level, std::string_view message);

// Installs the sink and returns the one before; nullptr silences Log.
LogSink SetLogSink(LogSink sink);

// Writes one message: a few words, then key=value fields, in one line, already formatted. Bytes
// that came from a peer need no escaping here: the sink escapes control characters.
void Log(LogLevel level, std::string_view message);

}  // namespace ringcast
