#include "config/default_paths.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace ringcast {
namespace {

constexpr std::string_view kSystemDirectory = "/run/ringcast";
constexpr std::string_view kSocketName = "/publish.sock";

std::string InDirectory(std::string_view directory) {
  return std::string(directory) + std::string(kSocketName);
}

bool IsSocket(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

std::string SystemError() { return std::generic_category().message(errno); }

}  // namespace

std::string_view FindVariable(const Environment& environment, std::string_view name) {
  for (const auto& [key, value] : environment) {
    if (key == name) return value;
  }
  return {};
}

std::string DefaultPublishSocket(const Environment& environment, uid_t user) {
  std::string_view runtime = FindVariable(environment, "RUNTIME_DIRECTORY");
  runtime = runtime.substr(0, runtime.find(':'));
  if (!runtime.empty()) return InDirectory(runtime);
  if (user == 0) return InDirectory(kSystemDirectory);
  const std::string_view session = FindVariable(environment, "XDG_RUNTIME_DIR");
  if (!session.empty()) return InDirectory(std::string(session) + "/ringcast");
  return InDirectory("/tmp/ringcast-" + std::to_string(user));
}

std::string StateDirectory(const Environment& environment) {
  const std::string_view state = FindVariable(environment, "STATE_DIRECTORY");
  return std::string(state.substr(0, state.find(':')));
}

std::string FindPublishSocket(const Environment& environment, uid_t user) {
  const std::string own = DefaultPublishSocket(environment, user);
  if (IsSocket(own)) return own;
  const std::string system = InDirectory(kSystemDirectory);
  return IsSocket(system) ? system : own;
}

std::string SocketDirectory(const std::string& socket_path) {
  const std::size_t slash = socket_path.rfind('/');
  if (slash == std::string::npos || slash == 0) return {};
  return socket_path.substr(0, slash);
}

Status EnsureSocketDirectory(const std::string& socket_path, uid_t user) {
  const std::string directory = SocketDirectory(socket_path);
  if (directory.empty()) return Done{};
  const bool created = mkdir(directory.c_str(), 0755) == 0;
  if (!created && errno != EEXIST) {
    return Error{directory + ": cannot create the directory of the publish socket: " +
                 SystemError() + "; create it or choose another place with --publish-socket"};
  }
  return CheckSocketDirectory(directory, user);
}

Status CheckSocketDirectory(const std::string& directory, uid_t user) {
  // Not followed: a symbolic link below /tmp is as much a stranger's as a directory.
  struct stat info {};
  const bool shared_place = directory.starts_with("/tmp/");
  if ((shared_place ? lstat : stat)(directory.c_str(), &info) != 0) {
    return Error{directory + ": " + SystemError()};
  }
  if (!S_ISDIR(info.st_mode)) {
    return Error{directory + ": not a directory; choose another place with --publish-socket"};
  }
  if (shared_place && (info.st_uid != user || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)) {
    return Error{directory +
                 ": belongs to another user or others may write to it; choose another place with "
                 "--publish-socket"};
  }
  return Done{};
}

}  // namespace ringcast
