#include "app/serve.h"

#include <malloc.h>
#include <signal.h>
#include <sysexits.h>

#include <string>
#include <variant>

#include "app/reload.h"
#include "app/server.h"
#include "base/log_sink.h"
#include "base/version.h"
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
      if (draining) {
        Log(LogLevel::kInfo, "reload left out: the server is ending");
      } else {
        Reload(server);
      }
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
