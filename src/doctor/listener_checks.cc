#include "doctor/listener_checks.h"

#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "config/default_paths.h"
#include "doctor/port_holder.h"
#include "uring/file_descriptor.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDirectoryCheck = "publish-directory";

std::optional<PortHolder> HolderAt(const Machine& machine, const ListenAddress& address) {
  const std::optional<PortHolder> listed = FindPortHolder(machine, address);
  const bool told = listed && listed->pid > 0;
  if (told || address.kind == ListenAddress::Kind::kTcp) return listed;
  // The socket itself may tell whose it is, where descriptors of others are closed to us.
  const SocketFile found = InspectSocketFile(address.path);
  if (found.kind != SocketFile::Kind::kLive) return std::nullopt;
  return found.process > 0 ? HolderOf(machine, found.process) : PortHolder{};
}

bool MayCreateIn(const fs::path& directory) {
  return ::access(directory.c_str(), W_OK | X_OK) == 0;
}

// `serve` creates it when only its last part is missing.
Finding CheckDirectory(const std::string& directory, std::uint32_t user) {
  std::error_code ignored;
  if (!fs::exists(directory, ignored)) {
    const fs::path parent = fs::path(directory).parent_path();
    if (MayCreateIn(parent.empty() ? fs::path(".") : parent)) {
      return Finding::Ok(kDirectoryCheck, directory + " will be created");
    }
    // As EnsureSocketDirectory says it.
    return Finding::Error(kDirectoryCheck, EX_UNAVAILABLE,
                          directory + ": cannot create the directory of the publish socket: " +
                              std::generic_category().message(errno),
                          "Publishers connect to a socket in it.",
                          "create it or choose another place with --publish-socket");
  }
  const Status good = CheckSocketDirectory(directory, user);
  if (good) return Finding::Ok(kDirectoryCheck, directory + " is there");
  return Finding::Error(kDirectoryCheck, EX_UNAVAILABLE, good.error().message,
                        "Who may write to it could put a socket of their own in its place.",
                        "RuntimeDirectory=ringcast in the systemd unit makes one that will do");
}

bool IsHeldByServiceManager(const Machine& machine, const ListenAddress& address) {
  const std::optional<PortHolder> holder = FindPortHolder(machine, address);
  return holder && holder->IsServiceManager();
}

Finding HeldByServiceManager(const ListenerUse& use, const ListenAddress& address) {
  return Finding::Note(
      use.check, "systemd holds " + address.ToString() + " for a socket unit, and hands it over",
      "Its service takes it over; `ringcast serve` by hand cannot listen there.",
      "`systemctl list-sockets` tells whose it is");
}

}  // namespace

Finding ExplainHandover(const std::string& error) {
  return Finding::Error(
      "socket-activation", EX_CONFIG, error,
      "The sockets that are handed over stand in for what the options would bind.",
      "`systemctl list-sockets` names the units of the service's sockets");
}

Finding HandedOver(const ListenerUse& use, const std::string& address) {
  return Finding::Ok(use.check,
                     address + " was handed over, in place of " + std::string(use.option));
}

Finding ExplainListener(const Machine& machine, const ListenerUse& use,
                        const ListenAddress& address, const std::string& error) {
  const std::string option(use.option);
  const std::optional<PortHolder> holder = HolderAt(machine, address);
  if (!holder) {
    return Finding::Error(use.check, EX_UNAVAILABLE, error,
                          "Without this listener the server does not start.",
                          "mend that, or choose another address with " + option);
  }
  if (holder->IsServiceManager()) {
    return Finding::Error(use.check, EX_UNAVAILABLE,
                          "cannot listen on " + address.ToString() + ": " + holder->ToString() +
                              " listens there for a socket unit",
                          "It hands the socket over to the unit's service alone.",
                          "start that service, or stop the socket unit (`systemctl list-sockets` "
                          "names both), or choose another address with " +
                              option);
  }
  std::string fix = "choose another address with " + option;
  if (holder->pid > 0) {
    fix = "stop it (`kill " + std::to_string(holder->pid) + "`, or its service), or " + fix;
  }
  return Finding::Error(
      use.check, EX_UNAVAILABLE,
      "cannot listen on " + address.ToString() + ": " + holder->ToString() + " listens there",
      holder->name == "ringcast"
          ? "A Ringcast runs already: if it is the one that you mean, all is well."
          : "An address has one server.",
      std::move(fix));
}

Finding CheckListener(const Machine& machine, const ListenerUse& use,
                      const ListenAddress& address) {
  if (IsHeldByServiceManager(machine, address)) return HeldByServiceManager(use, address);
  if (address.kind == ListenAddress::Kind::kUnix) {
    const SocketFile found = InspectSocketFile(address.path);
    if (!found.error.empty()) return ExplainListener(machine, use, address, found.error);
    if (found.kind == SocketFile::Kind::kStale) {
      return Finding::Ok(use.check, address.ToString() +
                                        " is free: a stale socket file is there, "
                                        "which the start replaces");
    }
    return Finding::Ok(use.check, address.ToString() + " is free");
  }
  const Result<UniqueFd> listener = OpenTcpListener({.host = address.host, .port = address.port});
  if (!listener) return ExplainListener(machine, use, address, listener.error().message);
  return Finding::Ok(use.check, address.ToString() + " is free");
}

std::vector<Finding> CheckPublishSocket(const Machine& machine, const std::string& path,
                                        std::uint32_t user) {
  const ListenAddress address = ListenAddress::Unix(path);
  // Whoever made the socket has seen to its directory.
  if (IsHeldByServiceManager(machine, address)) {
    return {HeldByServiceManager(kPublishListener, address)};
  }
  const std::string directory = SocketDirectory(path);
  std::vector<Finding> findings;
  if (!directory.empty()) findings.push_back(CheckDirectory(directory, user));
  std::error_code ignored;
  if (directory.empty() || fs::exists(directory, ignored)) {
    findings.push_back(CheckListener(machine, kPublishListener, address));
  }
  return findings;
}

}  // namespace ringcast
