// Where the publish socket is when nobody says so, on both sides: the daemon that creates it and
// the commands that connect to it.
//
// Threads: any; EnsureSocketDirectory at start.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ringcast {

using Environment = std::vector<std::pair<std::string, std::string>>;

// The variable's value; empty when it is not set. An empty variable counts as not set, which is
// what a unit file or a container's definition means by NAME=.
std::string_view FindVariable(const Environment& environment, std::string_view name);

// publish.sock in the first of: $RUNTIME_DIRECTORY (systemd.exec(5); the first of several), for
// root /run/ringcast, $XDG_RUNTIME_DIR/ringcast, and /tmp/ringcast-UID where a login session gives
// none.
std::string DefaultPublishSocket(const Environment& environment, uid_t user);

// Where the daemon keeps what is to outlive it: $STATE_DIRECTORY (systemd.exec(5); the first of
// several); empty where there is none.
std::string StateDirectory(const Environment& environment);

// For `pub` and `tail`: the daemon's default path if there is a socket, else the system daemon's
// /run/ringcast/publish.sock if there is one, else the first again, for the error message.
std::string FindPublishSocket(const Environment& environment, uid_t user);

// Creates the directory of a socket's path unless it is there (only its last component, mode 0755).
// A directory below /tmp must be the user's own and closed to others' writing: anyone could have
// put it there. The error names the directory and the remedy.
Status EnsureSocketDirectory(const std::string& socket_path, uid_t user);
// The same without creating it: whether a directory that is there will do.
Status CheckSocketDirectory(const std::string& directory, uid_t user);
// "/run/ringcast" of "/run/ringcast/publish.sock"; empty when there is nothing to create.
std::string SocketDirectory(const std::string& socket_path);

}  // namespace ringcast
