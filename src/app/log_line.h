// The bytes of one line of the log, in each of its forms:
//
//   journald  <6>message                      syslog priority; the journal adds time and unit
//   itself text      2025-01-31T12:00:00.123Z info message json
//   {"time":"2025-01-31T12:00:00.123Z","level":"info","message":"message"}
//
// Threads: any. Pure function: time comes in as an argument.
// Invariants: one message is one line, whatever is in it: control characters, DEL and bytes that
// are not UTF-8 are escaped, so that no peer can forge a line or steer a terminal (CWE-117).
#pragma once

#include <string>
#include <string_view>

#include "base/log_sink.h"
#include "base/time.h"
#include "config/options.h"

namespace ringcast {

// Appends the line with its newline. REQUIRES: format is not kAuto (ResolveLogFormat, log.h).
void AppendLogLine(LogFormat format, LogLevel level, UnixMillis time, std::string_view message,
                   std::string& out);

}  // namespace ringcast
