#include "app/serve.h"

#include <malloc.h>
#include <signal.h>
#include <sysexits.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "app/handed_sockets.h"
#include "app/reload.h"
#include "app/server.h"
#include "app/service_manager.h"
#include "app/supervision.h"
#include "base/log_sink.h"
#include "base/version.h"
#include "uring/clock.h"
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

std::string Listening(const ServeOptions& options, const HandedSockets& handed) {
  std::string text = "ready version=" + std::string(Version());
  std::string from_manager;
  for (const HandedSocket& socket : handed.http) text += " listen=" + socket.Address();
  if (handed.http.empty()) {
    for (const ListenAddress& address : options.listen) text += " listen=" + address.ToString();
  } else {
    from_manager += ",http";
  }
  text += " publish=";
  text += handed.publish ? handed.publish->listener.address : options.publish_socket;
  if (handed.publish) from_manager += ",publish";
  for (const HandedSocket& socket : handed.publish_tcp) {
    text += " publish_listen=" + socket.listener.address;
  }
  if (handed.publish_tcp.empty()) {
    for (const ListenAddress& address : options.publish_listen) {
      text += " publish_listen=" + address.ToString();
    }
  } else {
    from_manager += ",publish-tcp";
  }
  text += " admin=";
  text += handed.admin ? handed.admin->listener.address : options.admin.ToString();
  if (handed.admin) from_manager += ",admin";
  if (!from_manager.empty()) text += " handed_over=" + from_manager.substr(1);
  return text;
}

// The longest that a drain should take: streams end over the drain timeout, a full socket is waited
// for until the stall timeout, and the threads end within moments.
Millis LongestDrain(const ServeOptions& options) {
  constexpr Millis kMoments{5'000};
  return options.drain_timeout + options.stall_timeout + kMoments;
}

// Gives memory that was freed in small pieces back to the system, now and then.
constexpr Millis kTrimEvery{30'000};

}  // namespace

int RunServe(const ServeOptions& options) {
  TuneAllocator();
  BlockSignals();
  ServiceManager service;
  Result<HandedSockets> handed = TakeHandedSockets();
  if (!handed) {
    const Finding refused = ExplainHandover(handed.error().message);
    Log(LogLevel::kError, refused.Sentence());
    return refused.exit_code;
  }
  const std::string ready = Listening(options, *handed);
  Server server(options, std::move(*handed));
  const std::variant<Done, StartError> started = server.Start();
  if (const auto* error = std::get_if<StartError>(&started)) {
    Log(LogLevel::kError, error->message);
    return error->exit_code;
  }
  Log(LogLevel::kInfo, ready);
  if (options.demo) {
    for (const ListenAddress& address : options.listen) {
      Log(LogLevel::kInfo, "demo: open http://" + address.ToString() + "/ in a browser");
    }
  }
  Supervision supervision(service, server, MonotonicNow());
  service.Ready();

  bool draining = false;
  Millis since_trim{0};
  while (!server.done()) {
    const Millis look_again =
        std::min(draining ? Millis{20} : Millis{1000}, supervision.look_again());
    const std::optional<int> signal = WaitForSignal(look_again);
    supervision.Look(MonotonicNow());
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
        service.Reloading();
        // As long as it takes, the watchdog hears of the threads that go round.
        Reload(server, [&supervision] { supervision.Look(MonotonicNow()); });
        service.Ready();
      }
      continue;
    }
    if (draining) {
      Log(LogLevel::kInfo, "stopping at once");
      break;
    }
    Log(LogLevel::kInfo, "draining");
    draining = true;
    service.Stopping(LongestDrain(server.options()));
    supervision.NoteDraining(MonotonicNow());
    server.Drain();
  }
  server.Stop();
  Log(LogLevel::kInfo, "stopped");
  return EX_OK;
}

}  // namespace ringcast
