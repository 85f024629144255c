#include "base/log_sink.h"

namespace ringcast {
namespace {

// A plain pointer: it is set before the threads that read it are started.
LogSink installed_sink = nullptr;

}  // namespace

std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

LogSink SetLogSink(LogSink sink) {
  LogSink before = installed_sink;
  installed_sink = sink;
  return before;
}

void Log(LogLevel level, std::string_view message) {
  if (installed_sink != nullptr) installed_sink(level, message);
}

}  // namespace ringcast
