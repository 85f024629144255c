#include "doctor/listener_checks.h"

#include <sysexits.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "config/default_paths.h"
#include "doctor/port_holder.h"
#include "uring/file_descriptor.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDirectoryCheck = "publish-directory";

std::optional<PortHolder> HolderAt(const Machine& machine, const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::kTcp) return FindPortHolder(machine, address);
  const SocketFile found = InspectSocketFile(address.path);
  if (found.kind != SocketFile::Kind::kLive) return std::nullopt;
  return found.process > 0 ? HolderOf(machine, found.process) : PortHolder{};
}

bool MayCreateIn(const fs::path& directory) {
  return ::access(directory.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

Finding ExplainListener(const Machine& machine, const ListenerUse& use,
                        const ListenAddress& address, const std::string& error) {
  const std::string option(use.option);
  const std::optional<PortHolder> holder = HolderAt(machine, address);
  if (!holder) {
    return Finding::Error(use.check, EX_UNAVAILABLE, error,
                          "Without this listener the server does not start.",
                          "mend that, or choose another address with " + option);
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

Finding CheckPublishDirectory(const std::string& publish_socket, std::uint32_t user) {
  const std::string directory = SocketDirectory(publish_socket);
  const std::string fix =
      "create it for the daemon's user (RuntimeDirectory=ringcast in the systemd unit), or choose "
      "another place with --publish-socket";
  if (directory.empty()) return Finding::Ok(kDirectoryCheck, publish_socket);
  std::error_code ignored;
  if (!fs::exists(directory, ignored)) {
    const fs::path parent = fs::path(directory).parent_path();
    if (MayCreateIn(parent.empty() ? fs::path(".") : parent)) {
      return Finding::Ok(kDirectoryCheck, directory + " will be created");
    }
    return Finding::Error(kDirectoryCheck, EX_UNAVAILABLE,
                          directory + ": is not there, and this user cannot create it",
                          "Publishers connect to a socket in it.", fix);
  }
  const Status good = CheckSocketDirectory(directory, user);
  if (!good) {
    return Finding::Error(kDirectoryCheck, EX_UNAVAILABLE, good.error().message,
                          "Who may write to it could put a socket of their own in its place.", fix);
  }
  if (!MayCreateIn(directory)) {
    return Finding::Error(kDirectoryCheck, EX_UNAVAILABLE,
                          directory + ": this user may not write to it",
                          "The publish socket is created in it.", fix);
  }
  return Finding::Ok(kDirectoryCheck, directory + " is writable");
}

}  // namespace ringcast
