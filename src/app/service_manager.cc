#include "app/service_manager.h"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>
#include <cstring>

#include "base/log_sink.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

std::string Micros(Nanos time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

}  // namespace

ServiceManager::ServiceManager() {
  std::uint64_t micros = 0;
  const int wanted = ::sd_watchdog_enabled(/*unset_environment=*/0, &micros);
  if (wanted < 0) {
    Log(LogLevel::kWarning, "watchdog off reason=WATCHDOG_USEC or WATCHDOG_PID cannot be read: " +
                                std::string(std::strerror(-wanted)));
  }
  if (wanted > 0) watchdog_timeout_ = Millis(micros / 1000);
}

void ServiceManager::Ready() { Send("READY=1"); }

void ServiceManager::Reloading() {
  // The time tells the manager which READY=1 answers this reload.
  Send("RELOADING=1\nMONOTONIC_USEC=" + Micros(MonotonicNow().time_since_epoch()));
}

void ServiceManager::Stopping(Millis at_most) {
  // Only lengthens TimeoutStopSec=; the shorter of the two has no effect.
  Send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + Micros(at_most));
}

void ServiceManager::FeedWatchdog() { Send("WATCHDOG=1"); }

void ServiceManager::TellStatus(std::string_view text) {
  if (text == status_) return;
  status_ = text;
  Send("STATUS=" + status_);
}

void ServiceManager::Send(const std::string& message) {
  const int sent = ::sd_notify(/*unset_environment=*/0, message.c_str());
  if (sent >= 0) {
    failed_ = false;
  } else if (!failed_) {
    failed_ = true;
    Log(LogLevel::kWarning,
        "the service manager does not hear us message=" + message.substr(0, message.find('\n')) +
            " reason=" + std::strerror(-sent) + "; look at NOTIFY_SOCKET");
  }
}

}  // namespace ringcast
