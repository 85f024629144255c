#include "app/serve.h"

#include <malloc.h>
#include <signal.h>
#include <sysexits.h>

#include <string>
#include <variant>

#include "app/log.h"
#include "app/server.h"
#include "base/log_sink.h"
#include "base/version.h"
#include "config/options_loader.h"
#include "uring/process.h"

namespace ringcast {
namespace {

// Large blocks go straight back to the system when they are freed, and two arenas are enough for
// threads that hardly allocate: memory stays where the figures say.
void TuneAllocator() {
  constexpr int kArenas = 2;
  constexpr int kMapAboveBytes = 128 * 1024;
  ::mallopt(M_ARENA_MAX, kArenas);
  ::mallopt(M_MMAP_THRESHOLD, kMapAboveBytes);
  ::mallopt(M_TRIM_THRESHOLD, kMapAboveBytes);
}

std::string Listening(const ServeOptions& options) {
  std::string text = "ready version=" + std::string(Version());
  for (const ListenAddress& address : options.listen) text += " listen=" + address.ToString();
  return text + " publish=" + options.publish_socket + " admin=" + options.admin.ToString();
}

// Reads the configuration again. The log level is applied at once; for anything else a restart is
// needed, and said. A configuration with an error changes nothing.
void Reload(ServeOptions& running) {
  const LoadedOptions loaded = LoadServeOptions(running.sources);
  if (!loaded.ok()) {
    Log(LogLevel::kError, "reload refused, nothing has changed: " + loaded.ErrorText());
    return;
  }
  ServeOptions fresh = loaded.options;
  if (fresh.log_level != running.log_level) {
    SetLogLevel(fresh.log_level);
    running.log_level = fresh.log_level;
  }
  if (fresh == running) {
    Log(LogLevel::kInfo, "reloaded");
  } else {
    Log(LogLevel::kWarning, "reloaded the log level; the other changes need a restart");
  }
}

// Gives memory that was freed in small pieces back to the system, now and then.
constexpr Millis kTrimEvery{30'000};

}  // namespace

int RunServe(const ServeOptions& options) {
  TuneAllocator();
  BlockSignals();
  Server server(options);
  const std::variant<Done, StartError> started = server.Start();
  if (const auto* error = std::get_if<StartError>(&started)) {
    Log(LogLevel::kError, error->message);
    return error->exit_code;
  }
  Log(LogLevel::kInfo, Listening(options));

  ServeOptions running = options;
  bool draining = false;
  Millis since_trim{0};
  while (!server.done()) {
    const Millis look_again = draining ? Millis{20} : Millis{1000};
    const std::optional<int> signal = WaitForSignal(look_again);
    if (draining) server.CloseListeners();
    if (!signal) {
      since_trim += look_again;
      if (since_trim >= kTrimEvery) {
        since_trim = Millis{0};
        ::malloc_trim(0);
      }
      continue;
    }
    if (*signal == SIGHUP) {
      Reload(running);
      continue;
    }
    if (draining) {
      Log(LogLevel::kInfo, "stopping at once");
      break;
    }
    Log(LogLevel::kInfo, "draining");
    draining = true;
    server.Drain();
  }
  server.Stop();
  Log(LogLevel::kInfo, "stopped");
  return EX_OK;
}

}  // namespace ringcast
