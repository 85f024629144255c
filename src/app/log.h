// The program's log: writes what any floor says through base/log_sink.h to standard error, one line
// a message, in the forms of log_line.h.
//
// A message is a few words followed by key=value fields: "publisher gone pid=4 reason=eof".
//
// Threads: InstallLog and RemoveLog on the main thread while no other runs; SetLogLevel,
// SetLogFormat and Log from any thread. A line is written under a lock, so lines never mix.
// Invariants: a log that
// cannot be written (a full pipe that nobody reads, a closed terminal) is left out and never ends
// the program.
#pragma once

#include "base/log_sink.h"
#include "config/options.h"

namespace ringcast {

// Routes Log to `fd` (standard error for the daemon), which must stay open until RemoveLog. A
// second call replaces the first.
void InstallLog(LogLevel level, LogFormat format, int fd = 2);

// Log says nothing from here on. Does nothing when no log is installed.
void RemoveLog();

// Changes the least serious level that is written, and the form of lines, as a reload does.
void SetLogLevel(LogLevel level);
void SetLogFormat(LogFormat format);

// What kAuto means for this descriptor: kJournald when it is the journal's own socket, which
// $JOURNAL_STREAM tells as "device:inode" in decimal (systemd.exec(5)), else kText. Other formats
// stay as they are. `journal_stream` is the variable's value, nullptr when it is not set.
LogFormat ResolveLogFormat(LogFormat format, int fd, const char* journal_stream);

}  // namespace ringcast
